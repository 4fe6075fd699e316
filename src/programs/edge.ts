// The API for hosts that run fetch handlers and have no Node, such as workerd and Cloudflare Workers: on embedded
// layers, whose data ends with their isolate. It is for trials, and an example for stores that such a host can reach.
import { ConfigProvider, Effect, Layer, ManagedRuntime } from "effect"
import type { ExecutionContext } from "hono"
import { createApp } from "../api/app.ts"
import { bareProblem } from "../http/problem.ts"
import * as Argon2idPortable from "../layers/crypto/Argon2idPortable.ts"
import * as HonoTokenSigner from "../layers/crypto/HonoTokenSigner.ts"
import * as OsloOneTimeCode from "../layers/crypto/OsloOneTimeCode.ts"
import * as RandomIdGenerator from "../layers/crypto/RandomIdGenerator.ts"
import * as DirectBatcher from "../layers/runtime/DirectBatcher.ts"
import * as UnheardOrderChanges from "../layers/runtime/UnheardOrderChanges.ts"
import * as WaitUntilBackground from "../layers/runtime/WaitUntilBackground.ts"
import * as ZxcvbnBreachedPasswords from "../layers/zxcvbn/ZxcvbnBreachedPasswords.ts"
import * as ZxcvbnPasswordStrength from "../layers/zxcvbn/ZxcvbnPasswordStrength.ts"
import { ensureAdmin } from "../services/accounts/ensureAdmin.ts"
import { Mailbox } from "../services/messaging/Mailbox.ts"
import { seedCatalogue } from "../services/products/seedCatalogue.ts"
import { Readiness } from "../services/runtime/Readiness.ts"
import { type EdgeConfig, edgeConfig } from "./config/config.ts"
import * as embedded from "./embedded.ts"

/** What the host binds: text, under the names of the environment variables, and other things. */
type Bindings = Readonly<Record<string, unknown>>

/**
 * Constant: embedded parts live as long as their isolate, and no isolate drains. The layer of the other programs
 * shares one question among requests, and here no request may wait for another's.
 */
const ready = Layer.succeed(Readiness, {
  checks: [{ name: "mongo", required: true, problem: Effect.succeedNone }],
  draining: Effect.succeed(false),
  startDraining: Effect.void
})

/** The embedded mailbox takes mails at any rate. */
const mailsPerSecond = 1000

const layers = ({ secrets, limits }: EdgeConfig) => {
  const clients = Layer.mergeAll(
    embedded.stores,
    Argon2idPortable.layer(),
    ZxcvbnBreachedPasswords.layer,
    ZxcvbnPasswordStrength.layer,
    HonoTokenSigner.layer({
      accessSecrets: secrets.access,
      refreshSecrets: secrets.refresh
    }),
    OsloOneTimeCode.layer({ secrets: secrets.code }),
    RandomIdGenerator.layer,
    embedded.queue,
    embedded.mailbox,
    embedded.cacheAndLimits(limits, mailsPerSecond),
    WaitUntilBackground.layer,
    ready
  )
  return Layer.merge(DirectBatcher.layer, UnheardOrderChanges.layer).pipe(
    Layer.provideMerge(clients)
  )
}

/** The values as the other programs take them: without blanks and line breaks around them. */
const provider = (bindings: Bindings) =>
  ConfigProvider.layer(
    ConfigProvider.fromEnvRecord(
      Object.fromEntries(
        Object.entries(bindings).flatMap(([name, value]) =>
          typeof value === "string" ? [[name, value.trim()]] : []
        )
      )
    )
  )

/** Undefined where the configuration does not fit; the log says how. */
const configOf = (bindings: Bindings): Promise<EdgeConfig | undefined> =>
  Effect.runPromise(
    edgeConfig.pipe(
      Effect.catchTag("ConfigurationError", ({ message }) =>
        Effect.as(Effect.logFatal(message), undefined)
      ),
      Effect.provide(provider(bindings))
    )
  )

const start = async (config: EdgeConfig) => {
  const runtime = ManagedRuntime.make(layers(config))
  const mailbox = await runtime.runPromise(
    Effect.gen(function* () {
      yield* ensureAdmin(config.admin)
      yield* seedCatalogue()
      return yield* Mailbox
    })
  )
  return createApp({
    runtime,
    remoteAddress: (c) => c.req.header("CF-Connecting-IP"),
    waitUntil: (c) => (work) => c.executionCtx.waitUntil(work),
    corsOrigins: [],
    trustProxy: { _tag: "Off" },
    limitFactor: config.limits.factor,
    metricsToken: undefined,
    dev: true,
    mailbox
  })
}

let app: Awaited<ReturnType<typeof start>> | undefined

// A host of this kind takes its handler from the default export.
// biome-ignore lint/style/noDefaultExport: see above.
export default {
  // Requests that come together to a cold isolate all start, since none may wait for the promise of
  // another, and the first that has started serves them all.
  fetch: async (
    request: Request,
    bindings: Bindings,
    context: ExecutionContext
  ): Promise<Response> => {
    if (app === undefined) {
      const config = await configOf(bindings)
      if (config === undefined) {
        const { status, headers, body } = bareProblem("internal")
        return new Response(body, { status, headers })
      }
      const started = await start(config)
      app ??= started
    }
    return app.fetch(request, bindings, context)
  }
}
