// The whole API in this process, with an admin: on embedded layers, or on those that a test names; a test may
// swap parts of it.
import { Effect, Layer, Logger, ManagedRuntime, Option, Redacted } from "effect"
import type { Hono } from "hono"
import { type AppOptions, createApp } from "../../src/api/app.ts"
import type { ApiEnvironment, AppServices } from "../../src/api/context.ts"
import * as BloomBreachedPasswords from "../../src/layers/bloom/BloomBreachedPasswords.ts"
import * as Argon2idNative from "../../src/layers/crypto/Argon2idNative.ts"
import * as HonoTokenSigner from "../../src/layers/crypto/HonoTokenSigner.ts"
import * as OsloOneTimeCode from "../../src/layers/crypto/OsloOneTimeCode.ts"
import * as RandomIdGenerator from "../../src/layers/crypto/RandomIdGenerator.ts"
import * as FiberBackground from "../../src/layers/runtime/FiberBackground.ts"
import * as GroupCommitBatcher from "../../src/layers/runtime/GroupCommitBatcher.ts"
import * as Readiness from "../../src/layers/runtime/TimedReadiness.ts"
import * as ZxcvbnPasswordStrength from "../../src/layers/zxcvbn/ZxcvbnPasswordStrength.ts"
import * as parts from "../../src/programs/embedded.ts"
import { ensureAdmin } from "../../src/services/accounts/ensureAdmin.ts"
import { OrderId } from "../../src/services/ids.ts"
import { Mailbox } from "../../src/services/messaging/Mailbox.ts"
import { ClaimId } from "../../src/services/orders/model/Order.ts"
import { OrderStore } from "../../src/services/orders/ports/OrderStore.ts"
import { cacheOrders } from "../../src/services/orders/steps/cacheOrders.ts"
import { IdGenerator } from "../../src/services/runtime/IdGenerator.ts"
import { addSeconds, now } from "../../src/services/time.ts"
import { documentOf, type Target } from "./target.ts"

/** What an override may build on, and what it may replace. */
export type Parts = AppServices | Mailbox

/** Enough for a suite that registers accounts all the time. */
export const mailsPerSecond = 1000

/** What a system keeps and sends, in memory. */
const inMemory = (limits: { readonly factor: number }) =>
  Layer.mergeAll(parts.stores, parts.queue, parts.cacheAndLimits(limits, mailsPerSecond))

/** What a real system has outside of its process, but for what sends mails and SMS. */
export type Dependencies = Extract<Layer.Success<ReturnType<typeof inMemory>>, AppServices>

export interface EmbeddedOptions {
  readonly rateLimitFactor?: number
  /** In place of the embedded ones; the limits in them are theirs. */
  readonly dependencies?: Layer.Layer<Dependencies>
  /** Replaces parts; is built on the others. */
  readonly override?: Layer.Layer<never, never, Parts>
  readonly app?: Partial<AppOptions>
  /** Where logs go; nowhere by default. */
  readonly loggers?: ReadonlyArray<Logger.Logger<unknown, void>>
  /** Logs as a program does, in place of `loggers`. */
  readonly logging?: Layer.Layer<never>
}

export interface Embedded extends Target, AsyncDisposable {
  readonly app: Hono<ApiEnvironment>
  readonly settle: (orderId: string) => Promise<void>
  /** Runs an effect inside of the system. */
  readonly run: <A, E>(effect: Effect.Effect<A, E, Parts>) => Promise<A>
}

const secret = (name: string) => [Redacted.make(name.padEnd(32, "."))] as const

/** Weak on purpose: what is tested here is not how slow a hash is. */
const weakHashing = { memoryKib: 64, passes: 1, parallelism: 1 }

const crypto = Layer.mergeAll(
  // Its own threads would take longer to start than such hashes.
  Argon2idNative.layer({ parameters: weakHashing, ownThreads: false }),
  BloomBreachedPasswords.layer,
  ZxcvbnPasswordStrength.layer,
  HonoTokenSigner.layer({ accessSecrets: secret("access"), refreshSecrets: secret("refresh") }),
  OsloOneTimeCode.layer({ secrets: secret("code") }),
  RandomIdGenerator.layer
)

const clients = (dependencies: Layer.Layer<Dependencies>) =>
  Layer.mergeAll(
    dependencies,
    crypto,
    parts.mailbox,
    FiberBackground.layer({ shutdownSeconds: 1 }),
    Readiness.layer(
      Effect.succeed([{ name: "mongo", required: true, problem: Effect.succeed(Option.none()) }])
    )
  )

/** What a worker does with an order where nothing fails. */
const settle = Effect.fnUntraced(function* (orderId: OrderId) {
  const store = yield* OrderStore
  const claimId = ClaimId.make(yield* IdGenerator.use((ids) => ids.next))
  const at = yield* now
  yield* store.confirm([orderId], at)
  const { mails } = yield* store.claimMails({
    ...{ orderIds: [orderId], claimId, at, leaseUntil: addSeconds(at, 60) }
  })
  yield* cacheOrders(
    yield* store.recordMails(
      mails.map(({ kind, request }) => ({
        ...{ orderId, claimId, kind, request, at },
        outcome: { _tag: "Sent" }
      }))
    )
  )
})

/** By what they depend on: a test run has hundreds of systems, and a document takes longer to make than a system. */
const documents = new Map<string, Promise<string>>()

const sharedDocument = (
  { dev, metricsToken, mailbox, extensions }: AppOptions,
  make: () => Promise<string>
): Promise<string> => {
  if (extensions !== undefined) return make()
  const key = [dev, metricsToken, mailbox].map(Boolean).join()
  const document = documents.get(key) ?? make()
  documents.set(key, document)
  return document
}

export const embedded = async (options: EmbeddedOptions = {}): Promise<Embedded> => {
  const { rateLimitFactor: factor = 10_000, override = Layer.empty } = options
  const { dependencies = inMemory({ factor }) } = options
  const logging = options.logging ?? Logger.layer(options.loggers ?? [])
  const plain = GroupCommitBatcher.layer.pipe(Layer.provideMerge(clients(dependencies)))
  const runtime = ManagedRuntime.make(
    override.pipe(Layer.provideMerge(plain), Layer.provideMerge(logging))
  )
  const admin = { email: "admin@example.com", password: "an admin's password" }
  const mailbox = await runtime.runPromise(
    Effect.andThen(
      ensureAdmin({ email: admin.email, password: Redacted.make(admin.password) }),
      Mailbox.useSync((service) => service)
    )
  )
  const appOptions: AppOptions = {
    runtime,
    remoteAddress: () => "192.0.2.1",
    corsOrigins: [],
    trustProxy: { _tag: "Off" },
    metricsToken: undefined,
    dev: true,
    mailbox,
    limitFactor: factor,
    ...options.app
  }
  const app = createApp(appOptions)
  const fetch = async (request: Request) => app.fetch(request)
  const origin = "http://orders.test"
  return {
    app,
    run: (effect) => runtime.runPromise(effect),
    fetch,
    origin,
    document: () => sharedDocument(appOptions, () => documentOf({ fetch, origin })),
    admin,
    settle: (orderId) => runtime.runPromise(settle(OrderId.make(orderId))),
    [Symbol.asyncDispose]: () => runtime.dispose()
  }
}
