// An HTTP server that treats a request as a test wants, and tells when one has come.
import { once } from "node:events"
import { createServer, type RequestListener } from "node:http"
import { Effect } from "effect"

/** Serves until the scope ends; its address. */
export const misbehaving = (listener: RequestListener) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const server = createServer(listener)
      await once(server.listen(0, "127.0.0.1"), "listening")
      return server
    }),
    (server) =>
      Effect.promise(async () => {
        const closed = once(server, "close")
        server.close()
        server.closeAllConnections()
        await closed
      })
  ).pipe(
    Effect.map((server) => {
      const address = server.address()
      if (address === null || typeof address === "string") throw new Error("the server has no port")
      return `http://127.0.0.1:${address.port}`
    })
  )

/** An address where nothing listens any more. */
export const nobodyListens = Effect.scoped(misbehaving(() => undefined))
