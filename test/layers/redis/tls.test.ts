// Redis over TLS: only to the server that was meant, which is told its name, and never in older versions.
// A password is not sent to another server.
import type { TlsOptions } from "node:tls"
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Logger, Option } from "effect"
import * as RedisClient from "../../../src/layers/redis/RedisClient.ts"
import { localhostCertificates, tlsFront } from "../../../tools/harness/tlsFront.ts"
import { describeWith } from "../../suite.ts"
import { optionsFor } from "./support.ts"

describeWith(["redis"], "RedisClient over TLS", ({ redis }) => {
  const { own, strangers } = localhostCertificates()

  const front = (options: TlsOptions) => tlsFront(redis, options)

  const clientOf = (host: string, port: number) =>
    Effect.map(
      Layer.build(
        RedisClient.layer({
          ...optionsFor({ ...redis, host, port }),
          tls: true
        }).pipe(Layer.provide(Logger.layer([])))
      ),
      (context) => Effect.provideContext(RedisClient.RedisClient, context)
    ).pipe(Effect.flatten)

  it.live("connects to a server with a certificate for its name, and sends the name (SNI)", () =>
    Effect.gen(function* () {
      const { port, names, bytes } = yield* front(own())
      const client = yield* clientOf("localhost", port)
      assert.strictEqual(yield* client.use((connection) => connection.ping()), "PONG")
      assert.deepStrictEqual(names, ["localhost"])
      assert.isAbove(bytes(), 0)
    })
  )

  it.live("sends nothing to a server with a certificate of another authority", () =>
    Effect.gen(function* () {
      const { port, bytes } = yield* front(strangers())
      const client = yield* clientOf("localhost", port)
      assert.match(Option.getOrThrow(yield* client.problem), /: \w*(?:CERT|SIGNATURE)\w*$/u)
      assert.strictEqual(bytes(), 0)
    })
  )

  it.live("sends nothing to a server with a certificate for another name", () =>
    Effect.gen(function* () {
      const { port, bytes } = yield* front(own())
      const client = yield* clientOf("127.0.0.1", port)
      assert.match(Option.getOrThrow(yield* client.problem), /: ERR_TLS_CERT_ALTNAME_INVALID$/u)
      assert.strictEqual(bytes(), 0)
    })
  )

  it.live("does not fall back to a TLS version before 1.2", () =>
    Effect.gen(function* () {
      const { port, bytes } = yield* front({
        ...own(),
        minVersion: "TLSv1",
        maxVersion: "TLSv1.1",
        ciphers: "DEFAULT:@SECLEVEL=0"
      })
      const client = yield* clientOf("localhost", port)
      assert.match(Option.getOrThrow(yield* client.problem), /: ERR_SSL_\w*PROTOCOL_VERSION$/u)
      assert.strictEqual(bytes(), 0)
    })
  )
})
