// The whole system in one process: API and worker over ports in memory, of which a test may replace some.
import { Effect, Layer, Logger, ManagedRuntime, Option, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { createApp, type Extension } from "../api/app.ts"
import type { AppServices } from "../api/context.ts"
import { type Client, type ClientOptions, createClient } from "../client/client.ts"
import * as GroupCommitBatcher from "../layers/runtime/GroupCommitBatcher.ts"
import { normalizeEmail } from "../services/accounts/model/Account.ts"
import { AccountStore } from "../services/accounts/ports/AccountStore.ts"
import { hashPassword } from "../services/accounts/steps/passwordHashes.ts"
import { UserId } from "../services/ids.ts"
import { defaultLocale } from "../services/locale.ts"
import { Mailbox, type SentMessage } from "../services/messaging/Mailbox.ts"
import type { Role } from "../services/Principal.ts"
import { seedCatalogue } from "../services/products/seedCatalogue.ts"
import { IdGenerator } from "../services/runtime/IdGenerator.ts"
import { now } from "../services/time.ts"
import { worker } from "../worker/Worker.ts"
import { defaultLimitFactor, type Ports, ports } from "./ports.ts"

export interface SystemOptions {
  /**
   * Takes the place of ports. It is built on all of them, so it may ask those that it replaces: `intercept`. A system
   * without the mailbox's Mailer has no mails in `mails`.
   */
  readonly override?: Layer.Layer<never, never, Ports> | undefined
  /** `stopped`: time passes by `pass` alone, beginning with 1970. By the system's clock where absent. */
  readonly time?: "stopped" | undefined
  /** How much wider limits are than those of a deployment; 10,000 where absent. */
  readonly rateLimitFactor?: number | undefined
  /** Endpoints of one's own. */
  readonly extensions?: ReadonlyArray<Extension> | undefined
  /** Where log lines go; nowhere where absent. */
  readonly loggers?: ReadonlyArray<Logger.Logger<unknown, void>> | undefined
}

export interface TestSystem extends AsyncDisposable {
  /** Answers requests to any host. */
  readonly fetch: (request: Request) => Promise<Response>
  /** Without a session, until it logs in. */
  readonly client: (options?: Partial<ClientOptions>) => Client
  /** The client of a new user with a proven address, logged in. */
  readonly signUp: (
    email: string,
    account?: { readonly password?: string; readonly role?: Role }
  ) => Promise<Client>
  /** What went to an address or a number, newest first. */
  readonly mails: (to: string) => Promise<ReadonlyArray<SentMessage>>
  /** Runs an effect on the ports of the system. */
  readonly run: <A, E>(effect: Effect.Effect<A, E, AppServices | Mailbox>) => Promise<A>
  /** Lets so many seconds pass, of a system whose time is stopped. */
  readonly pass: (seconds: number) => Promise<void>
}

/** Of accounts that are given none. */
const defaultPassword = "correct horse battery staple"

const workerOptions = { concurrency: 8, visibilitySeconds: 60, drainSeconds: 1 }

const createAccount = Effect.fnUntraced(function* (
  email: string,
  { password = defaultPassword, role = "user" as Role }
) {
  const passwordHash = yield* hashPassword(Redacted.make(password))
  const id = UserId.make(yield* IdGenerator.use((ids) => ids.next))
  yield* AccountStore.use((store) =>
    Effect.flatMap(now, (createdAt) =>
      store.create({
        user: {
          id,
          email: normalizeEmail(email),
          name: Option.none(),
          phone: Option.none(),
          role,
          locale: defaultLocale,
          createdAt
        },
        passwordHash,
        passwordVersion: 0,
        codeFailures: 0,
        phoneRemovals: 0,
        disabled: Option.none()
      })
    )
  )
})

/** Work that takes no time has its turns between the steps. */
const stepMillis = 100

const passTime = (seconds: number) =>
  Effect.repeat(TestClock.adjust(stepMillis), { times: (seconds * 1000) / stepMillis - 1 })

/** The catalogue of `npm run dev` is for sale. */
export const startSystem = async (options: SystemOptions = {}): Promise<TestSystem> => {
  const {
    override = Layer.empty,
    time,
    rateLimitFactor = defaultLimitFactor,
    loggers = []
  } = options
  const isStopped = time === "stopped"
  const layers = worker(workerOptions).pipe(
    Layer.provideMerge(GroupCommitBatcher.layer),
    Layer.provideMerge(override),
    Layer.provideMerge(ports({ rateLimitFactor })),
    Layer.provideMerge(Logger.layer(loggers)),
    Layer.provideMerge(isStopped ? TestClock.layer() : Layer.empty)
  )
  const runtime = ManagedRuntime.make(layers)
  const mailbox = await runtime.runPromise(
    Effect.andThen(
      seedCatalogue(),
      Mailbox.useSync((service) => service)
    )
  )
  const app = createApp({
    runtime,
    remoteAddress: () => "192.0.2.1",
    corsOrigins: [],
    trustProxy: { _tag: "Off" },
    metricsToken: undefined,
    dev: true,
    mailbox,
    limitFactor: rateLimitFactor,
    extensions: options.extensions ?? []
  })
  const fetch = async (request: Request): Promise<Response> => app.fetch(request)
  const client: TestSystem["client"] = (own = {}) =>
    createClient({ url: "http://orders.test", fetch, ...own })
  return {
    fetch,
    client,
    signUp: async (email, account = {}) => {
      await runtime.runPromise(createAccount(email, account))
      const created = client()
      await created.login({ email, password: account.password ?? defaultPassword })
      return created
    },
    mails: async (to) =>
      (await runtime.runPromise(mailbox.list)).filter((message) => message.to === to),
    run: (effect) => runtime.runPromise(effect),
    pass: async (seconds) => {
      await runtime.runPromise(passTime(seconds))
    },
    [Symbol.asyncDispose]: () => runtime.dispose()
  }
}
