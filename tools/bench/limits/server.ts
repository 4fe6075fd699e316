// Bare node:http: GET /readyz, and what else a limit answers.
import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { Settings } from "../settings.ts"
import { untilSignal } from "../untilSignal.ts"

const prefix = "/api/orders/"

/**
 * Serves until SIGTERM, and then until all answers have settled. One that rejects ends the process: a limit
 * with errors is none.
 */
export const serve = async (
  { HOST, PORT }: Settings,
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>
): Promise<void> => {
  const answering = new Set<Promise<void>>()
  const server = createServer((request, response) => {
    if (request.url === "/readyz") return void response.end()
    const one = answer(request, response)
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
  // A client that is gone does not end the work that it asked for.
  await Promise.all(answering)
}

export const sendJson = (response: ServerResponse, status: number, json: string): void => {
  response
    .writeHead(status, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(json)
    })
    .end(json)
}

/** GET /api/orders/:id, as `find` knows its JSON. */
export const serveOrders = (
  settings: Settings,
  find: (id: string) => Promise<string | null>
): Promise<void> =>
  serve(settings, async ({ url = "" }, response) => {
    const json = url.startsWith(prefix) ? await find(url.slice(prefix.length)) : null
    if (json === null) response.writeHead(404).end()
    else sendJson(response, 200, json)
  })
