// TLS in front of a real service, with what it is told, and certificates for it: good ones and a stranger's.
import { once } from "node:events"
import { connect } from "node:net"
import {
  createServer,
  getCACertificates,
  setDefaultCACertificates,
  type TLSSocket,
  type TlsOptions
} from "node:tls"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { afterAll, beforeAll } from "vitest"
import { type Certificate, certificatesFor } from "./certificates.ts"

/** For a suite: a certificate for `localhost` that this process trusts meanwhile, and one that it does not. */
export const localhostCertificates = (): {
  readonly own: () => Certificate
  readonly strangers: () => Certificate
} => {
  let own: Certificate
  let strangers: Certificate
  const trusted = getCACertificates("default")
  beforeAll(async () => {
    const { authority, server } = await certificatesFor(["localhost"])
    own = server
    strangers = (await certificatesFor(["localhost"])).server
    // As NODE_EXTRA_CA_CERTS does for a process from its start.
    setDefaultCACertificates([...trusted, authority])
  })
  afterAll(() => setDefaultCACertificates(trusted))
  return { own: () => own, strangers: () => strangers }
}

/** It counts the bytes of its clients, and keeps the server names that they say. */
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
