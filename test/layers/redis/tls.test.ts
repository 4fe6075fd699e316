// Redis over TLS: only to the server that was meant, which is told its name, and never in older versions.
// A password is not sent to anybody else.
import { once } from "node:events"
import { connect } from "node:net"
import {
  createServer,
  getCACertificates,
  setDefaultCACertificates,
  type TLSSocket,
  type TlsOptions
} from "node:tls"
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Logger, Redacted } from "effect"
import { afterAll, beforeAll } from "vitest"
import * as RedisClient from "../../../src/layers/redis/RedisClient.ts"
import { certificatesFor } from "../../services/certificates.ts"
import { describeWith } from "../../services/suite.ts"

describeWith(["redis"], "RedisClient over TLS", ({ redis }) => {
  let own: Awaited<ReturnType<typeof certificatesFor>>
  let strangers: Awaited<ReturnType<typeof certificatesFor>>
  beforeAll(async () => {
    own = await certificatesFor(["localhost"])
    strangers = await certificatesFor(["localhost"])
    // As NODE_EXTRA_CA_CERTS does for a process from its start.
    setDefaultCACertificates([...trusted, own.authority])
  })
  const trusted = getCACertificates("default")
  afterAll(() => setDefaultCACertificates(trusted))

  /** TLS in front of the real Redis, with what it is told: server names, and bytes of the client's. */
  const front = (options: TlsOptions) =>
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
          const upstream = connect(redis.port, redis.host).on("error", () => upstream.destroy())
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

  const clientOf = (host: string, port: number) =>
    Effect.map(
      Layer.build(
        RedisClient.layer({
          host,
          port,
          tls: true,
          password: redis.password === undefined ? undefined : Redacted.make(redis.password)
        }).pipe(Layer.provide(Logger.layer([])))
      ),
      (context) => Effect.provideContext(RedisClient.RedisClient, context)
    ).pipe(Effect.flatten)

  it.live("speaks to a server with a certificate for its name, and says the name", () =>
    Effect.gen(function* () {
      const { port, names, bytes } = yield* front(own.server)
      const client = yield* clientOf("localhost", port)
      assert.strictEqual(yield* client.use((connection) => connection.ping()), "PONG")
      assert.deepStrictEqual(names, ["localhost"])
      assert.isAbove(bytes(), 0)
    })
  )

  it.live("says nothing to a server whose certificate is a stranger's", () =>
    Effect.gen(function* () {
      const { port, bytes } = yield* front(strangers.server)
      const client = yield* clientOf("localhost", port)
      assert.match((yield* client.problem) ?? "", /certificate/u)
      assert.strictEqual(bytes(), 0)
    })
  )

  it.live("says nothing to a server whose certificate is for another name", () =>
    Effect.gen(function* () {
      const { port, bytes } = yield* front(own.server)
      const client = yield* clientOf("127.0.0.1", port)
      assert.match((yield* client.problem) ?? "", /certificate's altnames/u)
      assert.strictEqual(bytes(), 0)
    })
  )

  it.live("does not fall back to a version before TLS 1.2", () =>
    Effect.gen(function* () {
      const { port, bytes } = yield* front({
        ...own.server,
        minVersion: "TLSv1",
        maxVersion: "TLSv1.1",
        ciphers: "DEFAULT:@SECLEVEL=0"
      })
      const client = yield* clientOf("localhost", port)
      assert.match((yield* client.problem) ?? "", /protocol version|alert/u)
      assert.strictEqual(bytes(), 0)
    })
  )
})
