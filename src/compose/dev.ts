// API and worker in one process, each dependency real where it is configured and embedded where it is
// not: what `npm run dev` and the demo run.
import { Context, Effect, Layer, Redacted } from "effect"
import type { DevConfig } from "../config/config.ts"
import { randomSecret } from "../layers/crypto/randomSecret.ts"
import { migrate } from "../layers/mongo/migrate.ts"
import { ensureAdmin } from "../services/accounts/ensureAdmin.ts"
import { Mailbox } from "../services/messaging/Mailbox.ts"
import { seedCatalogue } from "../services/products/seedCatalogue.ts"
import { worker } from "../worker/Worker.ts"
import { apiRuntime } from "./api.ts"
import { sesClient, sqsClient } from "./aws.ts"
import * as cache from "./cache.ts"
import { crypto, type TokenKeys } from "./crypto.ts"
import * as database from "./database.ts"
import * as messaging from "./messaging.ts"
import * as queue from "./queue.ts"
import { serveApi } from "./serveApi.ts"
import { telemetry } from "./telemetry.ts"

const keyBytes = 48
const passwordBytes = 12

const stores = ({ mongoUri }: DevConfig) =>
  mongoUri === undefined
    ? database.memory
    : Layer.effectDiscard(migrate).pipe(Layer.provideMerge(database.mongo(mongoUri)))

const caches = ({ redis: { host, tls, ...rest }, limits, worker }: DevConfig) =>
  host === undefined
    ? Layer.merge(cache.memory(limits), cache.memorySendRate(worker.mailsPerSecond))
    : cache
        .redisSendRate(worker.mailsPerSecond)
        .pipe(Layer.provideMerge(cache.redis({ host, tls: tls === "true", ...rest }, limits)))

const queues = ({ aws, queueUrl, deadLetterUrl }: DevConfig) =>
  queueUrl === undefined
    ? queue.memory
    : queue.sqs(sqsClient(aws), { queueUrl, deadLetterQueueUrl: deadLetterUrl })

/** The mailbox stands in for what is not configured. */
const messages = ({ aws, sender, twilio, sms: countries }: DevConfig) => {
  const mail = sender === undefined ? Layer.empty : messaging.ses(sesClient(aws), sender)
  const sms = twilio === undefined ? Layer.empty : messaging.sms(twilio)
  return messaging
    .restrictedSms(countries)
    .pipe(Layer.provideMerge(Layer.merge(mail, sms)), Layer.provideMerge(messaging.mailbox))
}

const keys = Effect.fnUntraced(function* ({ secrets }: DevConfig) {
  const fresh = Effect.map(randomSecret(keyBytes), (key) => [key] as const)
  return {
    access: secrets.access ?? (yield* fresh),
    refresh: secrets.refresh ?? (yield* fresh),
    code: secrets.code ?? (yield* fresh)
  } satisfies TokenKeys
})

/** Serves until its scope closes. */
export const startDev = Effect.fnUntraced(function* (config: DevConfig) {
  const ports = Layer.mergeAll(
    stores(config),
    caches(config),
    queues(config),
    messages(config),
    crypto(yield* keys(config))
  )
  const services = yield* Layer.build(
    worker(config.worker).pipe(
      Layer.provideMerge(apiRuntime),
      Layer.provideMerge(ports),
      Layer.provideMerge(telemetry("order-dev", config))
    )
  )
  const password = config.admin.password ?? (yield* randomSecret(passwordBytes))
  const seeded = Effect.gen(function* () {
    yield* seedCatalogue()
    return yield* ensureAdmin({ email: config.admin.email, password })
  })
  const admin = yield* Effect.provideContext(seeded, services)
  const sends = config.sender === undefined || config.twilio === undefined
  const mailbox = sends ? Context.get(services, Mailbox) : undefined
  const server = yield* serveApi(services, config.http, {
    dev: true,
    ...(mailbox === undefined ? {} : { mailbox })
  })
  return {
    port: server.port,
    mailbox: sends,
    admin: {
      email: config.admin.email,
      /** Null where the account was there before: it keeps its password. */
      password: admin.created ? Redacted.value(password) : null
    }
  }
})
