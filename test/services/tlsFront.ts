// TLS in front of a real service, with what it is told: server names, and bytes of the client's.
import { once } from "node:events"
import { connect } from "node:net"
import { createServer, type TLSSocket, type TlsOptions } from "node:tls"
import { assert } from "@effect/vitest"
import { Effect } from "effect"

export const tlsFront = (
  service: { readonly host: string; readonly port: number },
  options: TlsOptions
) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const names: Array<unknown> = []
      let bytes = 0
      const sockets = new Set<TLSSocket>()
      const server = createServer(options, (socket) => {
        sockets.add(socket.on("error", () => socket.destroy()))
        names.push("servername" in socket ? socket.servername : undefined)
        socket.on("data", (chunk) => {
          bytes += chunk.length
        })
        const upstream = connect(service.port, service.host).on("error", () => upstream.destroy())
        socket.pipe(upstream).pipe(socket)
      })
      // Refused handshakes are what some tests are about.
      server.on("tlsClientError", () => undefined)
      await once(server.listen(0, "127.0.0.1"), "listening")
      const address = server.address()
      assert(address !== null && typeof address === "object")
      return { server, sockets, names, bytes: () => bytes, port: address.port }
    }),
    ({ server, sockets }) =>
      Effect.sync(() => {
        for (const socket of sockets) socket.destroy()
        server.close()
      })
  )
