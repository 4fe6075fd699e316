// API and worker in one process, each dependency real where it is configured and embedded where it is
// not: what `npm run dev` and the demo run.
import { Context, Effect, Layer, Option, Redacted } from "effect"
import { randomSecret } from "../layers/crypto/randomSecret.ts"
import { migrate } from "../layers/mongo/migrate.ts"
import * as RestrictedSms from "../layers/runtime/RestrictedSms.ts"
import { ensureAdmin } from "../services/accounts/ensureAdmin.ts"
import { Shop } from "../services/mails/Shop.ts"
import { Mailbox } from "../services/messaging/Mailbox.ts"
import { seedCatalogue } from "../services/products/seedCatalogue.ts"
import { worker } from "../worker/Worker.ts"
import type { ApiConfig, DevConfig } from "./config/config.ts"
import * as embedded from "./embedded.ts"
import { ses, usableSqs } from "./live/aws.ts"
import { mongo } from "./live/mongo.ts"
import { redis } from "./live/redis.ts"
import { sms as liveSms } from "./live.ts"
import { apiRuntime, apiTelemetry, cryptography, passwordChecks, serveApi } from "./serveApi.ts"

const keyBytes = 48
const passwordBytes = 12

const stores = ({ mongoUri }: DevConfig) =>
  mongoUri === undefined
    ? embedded.stores
    : Layer.effectDiscard(migrate).pipe(Layer.provideMerge(mongo(mongoUri)))

const caches = ({ redis: { host, ...rest }, limits, mailsPerSecond }: DevConfig) =>
  host === undefined
    ? embedded.cacheAndLimits(limits, mailsPerSecond)
    : redis({ host, ...rest }, limits, mailsPerSecond)

const queues = ({ aws, queueUrl, deadLetterUrl }: DevConfig) =>
  queueUrl === undefined
    ? embedded.queue
    : usableSqs(aws, { queueUrl, deadLetterQueueUrl: deadLetterUrl })

/** The mailbox stands in for what is not configured. */
const messages = ({ aws, sender, twilio, sms, shop }: DevConfig) => {
  const mail = sender === undefined ? Layer.empty : ses(aws, sender)
  const texts = twilio === undefined ? RestrictedSms.layer(sms) : liveSms({ twilio, sms })
  return Layer.mergeAll(mail, texts, Layer.succeed(Shop, shop)).pipe(
    Layer.provideMerge(embedded.mailbox)
  )
}

const keys = Effect.fnUntraced(function* ({ secrets }: DevConfig) {
  const fresh = Effect.map(randomSecret(keyBytes), (key) => [key] as const)
  return {
    access: secrets.access ?? (yield* fresh),
    refresh: secrets.refresh ?? (yield* fresh),
    code: secrets.code ?? (yield* fresh)
  } satisfies ApiConfig["secrets"]
})

interface Credentials {
  readonly email: string
  readonly password: Redacted.Redacted
}

/**
 * The admin to seed. A database that is embedded is gone with the process; a configured one may be
 * in use, so it gets an admin only where both variables name one.
 */
const adminOf = Effect.fnUntraced(function* ({ admin: { email, password }, mongoUri }: DevConfig) {
  if (mongoUri !== undefined)
    return email === undefined || password === undefined
      ? Option.none<Credentials>()
      : Option.some({ email, password })
  return Option.some({
    email: email ?? "admin@example.com",
    password: password ?? (yield* randomSecret(passwordBytes))
  })
})

const seedAdmin = Effect.fnUntraced(function* ({ email, password }: Credentials) {
  const { created } = yield* ensureAdmin({ email, password })
  return {
    email,
    /** None where the account was there before: it keeps its password. */
    password: created ? Option.some(Redacted.value(password)) : Option.none()
  }
})

/** Serves until its scope closes. */
export const startDev = Effect.fnUntraced(function* (config: DevConfig) {
  const ports = Layer.mergeAll(
    stores(config),
    caches(config),
    queues(config),
    messages(config),
    cryptography(yield* keys(config)),
    passwordChecks(config)
  )
  const services = yield* Layer.build(
    worker(config.worker).pipe(
      Layer.provideMerge(apiRuntime),
      Layer.provideMerge(ports),
      Layer.provideMerge(apiTelemetry("order-dev", config))
    )
  )
  const seeded = Effect.gen(function* () {
    yield* seedCatalogue()
    const admin = yield* adminOf(config)
    return Option.isSome(admin) ? Option.some(yield* seedAdmin(admin.value)) : Option.none()
  })
  const admin = yield* Effect.provideContext(seeded, services)
  const sends = config.sender === undefined || config.twilio === undefined
  const mailbox = sends ? Context.get(services, Mailbox) : undefined
  const server = yield* serveApi(services, config, {
    dev: true,
    ...(mailbox === undefined ? {} : { mailbox })
  })
  return {
    port: server.port,
    mailbox: sends,
    /** None: none was asked for. */
    admin
  }
})
