// A server inside this process that answers every request as a provider does when it accepts a message. A rehearsed
// message is sent over a socket like a real one: writing to and reading from a socket is a part of the cost of a
// message, a fifth for a mail and more than half for an SMS.
import { createServer, type Server, type Socket } from "node:net"
import { Effect, type Scope } from "effect"

export interface Acceptance {
  readonly type: string
  /** ASCII. */
  readonly body: string
}

/** Its URL, reachable from this machine only. The end of the scope closes it and its connections. */
export const rehearsalServer = Effect.fnUntraced(function* (
  acceptance: Acceptance
): Effect.fn.Return<string, never, Scope.Scope> {
  const answer = answerOf(acceptance)
  const open = new Set<Socket>()
  const server = yield* Effect.acquireRelease(
    Effect.sync(() =>
      createServer((socket) => {
        open.add(socket)
        socket.once("close", () => open.delete(socket))
        // No process stays for it.
        socket.unref()
        answerAll(socket, answer)
      }).unref()
    ),
    (server) =>
      Effect.sync(() => {
        server.close()
        for (const socket of open) socket.destroy()
      })
  )
  return yield* listening(server)
})

const listening = (server: Server): Effect.Effect<string> =>
  Effect.callback<string>((resume) => {
    server.once("error", (error) => resume(Effect.die(error)))
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      resume(
        typeof address === "object" && address !== null
          ? Effect.succeed(`http://127.0.0.1:${address.port}`)
          : Effect.die(new Error("a server that listens has no address"))
      )
    })
  })

const answerOf = ({ type, body }: Acceptance): string =>
  `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n${body}`

/** No HTTP server: parsing each request would cost more than a provider's answer does. */
const answerAll = (socket: Socket, answer: string): void => {
  let request = ""
  socket.setNoDelay()
  // One byte a character: lengths are those on the wire.
  socket.setEncoding("latin1")
  socket.on("data", (part: string) => {
    request += part
    if (!isWhole(request)) return
    request = ""
    socket.write(answer)
  })
  // The client is in this process: it hears of a broken connection itself.
  socket.on("error", () => socket.destroy())
}

/** Whether these bytes are a whole request: its head, and as much of a body as the head announces. */
const isWhole = (request: string): boolean => {
  const headEnd = request.indexOf("\r\n\r\n")
  if (headEnd < 0) return false
  const length = Number(/^content-length: *(\d+)/imu.exec(request.slice(0, headEnd))?.[1] ?? 0)
  return request.length - headEnd - 4 >= length
}
