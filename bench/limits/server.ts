// Bare node:http before a lookup of one order: GET /api/orders/:id and GET /readyz, nothing else.
import { once } from "node:events"
import { createServer, type ServerResponse } from "node:http"
import type { Settings } from "../settings.ts"
import { untilSignal } from "../untilSignal.ts"

const prefix = "/api/orders/"

/** Serves until SIGTERM. A lookup that rejects ends the process: a limit with errors is none. */
export const serveOrders = async (
  { HOST, PORT }: Settings,
  find: (id: string) => Promise<string | null>
): Promise<void> => {
  const answer = async (url: string, response: ServerResponse): Promise<void> => {
    if (url === "/readyz") return void response.end()
    const json = url.startsWith(prefix) ? await find(url.slice(prefix.length)) : null
    if (json === null) return void response.writeHead(404).end()
    response
      .writeHead(200, {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(json)
      })
      .end(json)
  }
  const answering = new Set<Promise<void>>()
  const server = createServer(({ url = "" }, response) => {
    const one = answer(url, response)
    answering.add(one)
    void one.then(() => answering.delete(one))
  })
  server.listen(PORT, HOST)
  await once(server, "listening")
  await untilSignal()
  const closed = once(server, "close")
  server.close()
  server.closeIdleConnections()
  await closed
  // A client that is gone does not end the lookup that it asked for.
  await Promise.all(answering)
}
