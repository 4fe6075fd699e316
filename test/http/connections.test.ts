// The bounds on one connection and on a client's connections, over sockets: pipelines, clients that do not read, and
// clients with too many connections.
import { subscribe, unsubscribe } from "node:diagnostics_channel"
import type { IncomingMessage } from "node:http"
import { connect, type Socket } from "node:net"
import { text } from "node:stream/consumers"
import { Effect, Exit, Logger, Option, Scope } from "effect"
import { afterAll, assert, describe, expect, it } from "vitest"
import type { ClientBound } from "../../src/http/connections.ts"
import { listen } from "../../src/http/NodeServer.ts"

type Fetch = (request: Request, incoming: IncomingMessage) => Response | Promise<Response>

const cleanUps: Array<() => unknown> = []
afterAll(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

const start = async (fetch: Fetch, clients?: ClientBound) => {
  const scope = await Effect.runPromise(Scope.make())
  const lines: Array<string> = []
  const logger = Logger.make<unknown, void>(({ message }) => void lines.push(String(message)))
  const { port } = await listen({
    fetch: (request, bindings) =>
      fetch(request, (bindings as { readonly incoming: IncomingMessage }).incoming),
    host: "127.0.0.1",
    port: 0,
    waitForClients: false,
    ...(clients === undefined ? {} : { clients })
  }).pipe(Scope.provide(scope), Effect.provide(Logger.layer([logger])), Effect.runPromise)
  cleanUps.push(() => Effect.runPromise(Scope.close(scope, Exit.void)))
  return { port, lines }
}

/** An error shows as `close`. */
const dial = (port: number, localAddress = "127.0.0.1"): Socket => {
  const socket = connect({ port, host: "127.0.0.1", localAddress }).on("error", () => undefined)
  cleanUps.push(() => socket.destroy())
  return socket
}

const closed = (socket: Socket) => new Promise((resolve) => socket.once("close", resolve))

const get = (path: string, headers = "") =>
  `GET ${path} HTTP/1.1\r\nHost: orders.test\r\n${headers}\r\n`
const last = "Connection: close\r\n"

const pathOf = ({ url }: Request): string => new URL(url).pathname

/** A handler that answers no request before `release`. */
const held = () => {
  const begun: Array<string> = []
  const sockets: Array<Socket> = []
  const answer = Promise.withResolvers<void>()
  return {
    begun,
    sockets,
    release: () => answer.resolve(),
    fetch: async (request: Request, { socket }: IncomingMessage) => {
      begun.push(pathOf(request))
      sockets.push(socket)
      await answer.promise
      return new Response(pathOf(request))
    }
  }
}

describe("a connection with many requests", () => {
  it("has one of them handled at a time, and all answered in order", async () => {
    let running = 0
    let most = 0
    const { port } = await start(async (request) => {
      running += 1
      most = Math.max(most, running)
      await Promise.resolve()
      running -= 1
      return new Response(pathOf(request))
    })
    const paths = Array.from({ length: 20 }, (_, i) => `/${i}`)
    const socket = dial(port)
    socket.write(paths.map((path) => get(path)).join("") + get("/last", last))
    const answers = await text(socket)
    assert.strictEqual(most, 1)
    assert.deepStrictEqual(answers.match(/(?<=\r\n\r\n)\/(?:\d+|last)/gu), [...paths, "/last"])
  })

  it("is not read while one waits, and is read again afterwards", async () => {
    const { begun, sockets, release, fetch } = held()
    const { port } = await start(fetch)
    const socket = dial(port)
    socket.write(get("/first") + get("/second"))
    await expect.poll(() => sockets[0]?.isPaused()).toBe(true)
    assert.deepStrictEqual(begun, ["/first"])
    release()
    await expect.poll(() => begun).toEqual(["/first", "/second"])
    socket.write(get("/third", last))
    assert.match(await text(socket), /\/first.*\/second.*\/third$/su)
  })

  it("stays paused while the body of the current request is read", async () => {
    const begun: Array<string> = []
    const answer = Promise.withResolvers<void>()
    const { port } = await start(async (request, { socket }) => {
      begun.push(`${pathOf(request)} ${await request.text()}`)
      // The stream of the body resumes the socket in a later tick.
      await new Promise(setImmediate)
      begun.push(String(socket.isPaused()))
      await answer.promise
      return new Response("")
    })
    const body = "x".repeat(1000)
    dial(port).write(
      `POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n${body}${get("/second")}`
    )
    await expect.poll(() => begun.length).toBe(2)
    assert.deepStrictEqual(begun, [`/first ${body}`, "true"])
    answer.resolve()
  })

  it("lets others in between: at most four waiting requests start in one turn of the event loop", async () => {
    const inTurns: Array<number> = []
    let begun = 0
    let watching = true
    const turn = (): void => {
      inTurns.push(begun)
      begun = 0
      if (watching) setImmediate(turn)
    }
    const { port } = await start((request) => {
      if (pathOf(request) === "/waited") begun += 1
      return new Response("")
    })
    turn()
    const sockets = Array.from({ length: 20 }, () => dial(port))
    for (const socket of sockets)
      socket.write(get("/first") + get("/waited").repeat(20) + get("/", last))
    await Promise.all(sockets.map(text))
    watching = false
    assert.isAtMost(Math.max(...inTurns), 4)
    assert.strictEqual(
      inTurns.reduce((sum, count) => sum + count, begun),
      400
    )
  })

  it("ends when more than 32 wait", async () => {
    const { begun, release, fetch } = held()
    const { port } = await start(fetch)
    const polite = dial(port)
    polite.write(get("/polite").repeat(33))
    const flood = dial(port)
    flood.write(get("/flood").repeat(34))
    await closed(flood)
    assert.isFalse(polite.closed)
    assert.deepStrictEqual(begun.sort(), ["/flood", "/polite"])
    release()
  })

  it("stops parsing when thousands come in one packet", async () => {
    let parsed = 0
    const count = (): void => {
      parsed += 1
    }
    subscribe("http.server.request.start", count)
    cleanUps.push(() => unsubscribe("http.server.request.start", count))
    const { fetch } = held()
    const { port } = await start(fetch)
    const flood = dial(port)
    flood.write("GET / HTTP/1.1\r\n\r\n".repeat(3600))
    await closed(flood)
    assert.strictEqual(parsed, 34)
  })

  it("has none handled after the response with Connection: close", async () => {
    const begun: Array<string> = []
    const { port } = await start((request) => {
      begun.push(pathOf(request))
      return new Response("")
    })
    const socket = dial(port)
    socket.write(get("/first", last) + get("/second"))
    await text(socket)
    assert.deepStrictEqual(begun, ["/first"])
  })
})

describe("a client that does not read", { concurrent: true }, () => {
  it("loses its connection within seconds, with one of its requests begun", async () => {
    const begun: Array<string> = []
    const ended = Promise.withResolvers<void>()
    const { port } = await start((request, { socket }) => {
      begun.push(pathOf(request))
      if (pathOf(request) === "/small") return new Response("small")
      socket.once("close", () => ended.resolve())
      return new Response("x".repeat(20_000_000))
    })
    const socket = dial(port)
    socket.pause()
    socket.write(get("/large").repeat(30))
    const began = performance.now()
    await ended.promise
    assert.isBelow(performance.now() - began, 18_000)
    assert.deepStrictEqual(begun, ["/large"])
    const honest = dial(port)
    honest.write(get("/small", last))
    assert.match(await text(honest), /small$/u)
  }, 30_000)

  it("keeps its connection if it reads slowly", async () => {
    const size = 20_000_000
    const { port } = await start(() => new Response("x".repeat(size)))
    const socket = dial(port)
    socket.write(get("/large", last))
    let received = 0
    let pauses = 0
    socket.on("data", (chunk) => {
      received += chunk.length
      if ((received * 12) / size < pauses + 1) return
      pauses += 1
      socket.pause()
      setTimeout(() => socket.resume(), 1000)
    })
    await closed(socket)
    assert.isAbove(received, size)
  }, 60_000)
})

describe("a client with many connections", () => {
  const one: ClientBound = { clientOf: Option.some, limit: 2 }

  it("is refused more than the limit, until one of them is closed; other clients are not", async () => {
    const { port, lines } = await start(() => new Response("served"), one)
    const [first] = [dial(port), dial(port)]
    await Promise.all([ask(first), ask(dial(port, "127.0.0.2"))])
    await closed(dial(port))
    await closed(dial(port))
    await expect
      .poll(() => lines)
      .toEqual([expect.stringContaining("a client has too many connections: refusing more")])
    first.destroy()
    const again = () => {
      const socket = dial(port)
      return Promise.race([ask(socket), closed(socket)])
    }
    await expect.poll(again).toMatch(/served/u)
  })

  it("may have any number when its peer is a trusted proxy", async () => {
    const { port } = await start(() => new Response("served"), { ...one, clientOf: Option.none })
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(dial(port))))
    for (const answer of answers) assert.match(answer, /served$/u)
  })

  /** The connection stays open. */
  const ask = (socket: Socket): Promise<string> =>
    new Promise((resolve) => {
      socket.once("data", (chunk) => resolve(String(chunk)))
      socket.write(get("/"))
    })
})
