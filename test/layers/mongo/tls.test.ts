// MongoDB over TLS: only to the server that was meant, which is told its name, and never in older versions.
// Neither credentials nor anything else is sent to another server.
import type { TlsOptions } from "node:tls"
import { assert, it } from "@effect/vitest"
import { Context, Effect, Layer, Logger, Option, Redacted, References } from "effect"
import { layer, MongoConnection } from "../../../src/layers/mongo/MongoConnection.ts"
import { localhostCertificates, tlsFront } from "../../../tools/harness/tlsFront.ts"
import { describeWith } from "../../suite.ts"

describeWith(["mongo"], "MongoConnection over TLS", ({ mongo }) => {
  const { own, strangers } = localhostCertificates()

  const front = (options: TlsOptions) => {
    const [, host = "", port] = /^mongodb:\/\/(?:[^@/]*@)?([^:/,]+):(\d+)/u.exec(mongo.uri) ?? []
    return tlsFront({ host, port: Number(port) }, options)
  }

  /** Directly: the set's members know each other by addresses without TLS. */
  const connect = Effect.fnUntraced(function* (host: string, port: number) {
    const said: Array<unknown> = []
    const logger = Logger.make<unknown, void>(({ message, fiber }) => {
      said.push(message, fiber.getRef(References.CurrentLogAnnotations))
    })
    const uri = Redacted.make(`mongodb://${host}:${port}/orders?directConnection=true&tls=true`)
    const context = yield* Layer.build(layer({ uri }).pipe(Layer.provide(Logger.layer([logger]))))
    const { problem } = Context.get(context, MongoConnection)
    return { problem: yield* problem, said: JSON.stringify(said) }
  })

  it.live("connects to a server with a certificate for its name, and sends the name (SNI)", () =>
    Effect.gen(function* () {
      const { port, names, bytes } = yield* front(own())
      assert.deepStrictEqual((yield* connect("localhost", port)).problem, Option.none())
      assert.include(names, "localhost")
      assert.isAbove(bytes(), 0)
    })
  )

  const refused: ReadonlyArray<readonly [string, string, () => TlsOptions, RegExp]> = [
    ["whose certificate is a stranger's", "localhost", strangers, /certificate/u],
    ["whose certificate is for another name", "127.0.0.1", own, /certificate's altnames/u],
    [
      "that knows no TLS since 1.2",
      "localhost",
      () => ({
        ...own(),
        minVersion: "TLSv1",
        maxVersion: "TLSv1.1",
        ciphers: "DEFAULT:@SECLEVEL=0"
      }),
      /protocol version/u
    ]
  ]
  for (const [what, host, options, reason] of refused)
    it.live(`sends nothing to a server ${what}, and logs the reason`, () =>
      Effect.gen(function* () {
        const { port, bytes } = yield* front(options())
        const { problem, said } = yield* connect(host, port)
        assert.deepStrictEqual(problem, Option.some("MongoDB's primary does not answer"))
        assert.match(said, reason)
        assert.strictEqual(bytes(), 0)
      })
    )
})
