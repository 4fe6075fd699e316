// The API for hosts that run fetch handlers and have no Node, such as workerd and Cloudflare Workers:
// on embedded layers, which live as long as their isolate. For trying it out, and as the pattern for
// stores that such a host can reach.
import { Effect, Layer, ManagedRuntime, Redacted } from "effect"
import type { ExecutionContext } from "hono"
import { createApp } from "../api/app.ts"
import * as Argon2idPortable from "../layers/crypto/Argon2idPortable.ts"
import * as HonoTokenSigner from "../layers/crypto/HonoTokenSigner.ts"
import * as OsloOneTimeCode from "../layers/crypto/OsloOneTimeCode.ts"
import * as RandomIdGenerator from "../layers/crypto/RandomIdGenerator.ts"
import type { Secrets } from "../layers/crypto/Secrets.ts"
import * as DirectBatcher from "../layers/runtime/DirectBatcher.ts"
import * as UnheardOrderChanges from "../layers/runtime/UnheardOrderChanges.ts"
import * as WaitUntilBackground from "../layers/runtime/WaitUntilBackground.ts"
import * as ZxcvbnBreachedPasswords from "../layers/zxcvbn/ZxcvbnBreachedPasswords.ts"
import * as ZxcvbnPasswordStrength from "../layers/zxcvbn/ZxcvbnPasswordStrength.ts"
import { ensureAdmin } from "../services/accounts/ensureAdmin.ts"
import { Mailbox } from "../services/messaging/Mailbox.ts"
import { seedCatalogue } from "../services/products/seedCatalogue.ts"
import { Readiness } from "../services/runtime/Readiness.ts"
import * as embedded from "./embedded.ts"

/** What the host binds: text, under the names of the environment variables. */
interface Bindings {
  readonly ACCESS_TOKEN_SECRET: string
  readonly REFRESH_TOKEN_SECRET: string
  readonly JWT_SECRET: string
  readonly DEV_ADMIN_EMAIL: string
  readonly DEV_ADMIN_PASSWORD: string
  readonly RATE_LIMIT_FACTOR?: string
}

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

const layers = (bindings: Bindings, limitFactor: number) => {
  const secrets = (text: string): Secrets => [Redacted.make(text)]
  const clients = Layer.mergeAll(
    embedded.stores,
    Argon2idPortable.layer(),
    ZxcvbnBreachedPasswords.layer,
    ZxcvbnPasswordStrength.layer,
    HonoTokenSigner.layer({
      accessSecrets: secrets(bindings.ACCESS_TOKEN_SECRET),
      refreshSecrets: secrets(bindings.REFRESH_TOKEN_SECRET)
    }),
    OsloOneTimeCode.layer({ secrets: secrets(bindings.JWT_SECRET) }),
    RandomIdGenerator.layer,
    embedded.queue,
    embedded.mailbox,
    embedded.cacheAndLimits({ factor: limitFactor }, mailsPerSecond),
    WaitUntilBackground.layer,
    ready
  )
  return Layer.merge(DirectBatcher.layer, UnheardOrderChanges.layer).pipe(
    Layer.provideMerge(clients)
  )
}

const start = async (bindings: Bindings) => {
  const limitFactor = Number(bindings.RATE_LIMIT_FACTOR ?? "1")
  const runtime = ManagedRuntime.make(layers(bindings, limitFactor))
  const mailbox = await runtime.runPromise(
    Effect.gen(function* () {
      yield* ensureAdmin({
        email: bindings.DEV_ADMIN_EMAIL,
        password: Redacted.make(bindings.DEV_ADMIN_PASSWORD)
      })
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
    limitFactor,
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
      const started = await start(bindings)
      app ??= started
    }
    return app.fetch(request, bindings, context)
  }
}
