// The configuration of each program, decoded once at start. Programs ask for what they need and get
// all problems in one error; nothing falls back to an embedded part unless the program is `dev`.
import { Effect, Option, Redacted, Result } from "effect"
import { parseTrustProxy } from "../../api/clientAddress.ts"
import { type Shop, unnamedShop } from "../../services/mails/Shop.ts"
import { ConfigurationError } from "./ConfigurationError.ts"
import { parseHeaders, parsePairs } from "./pairs.ts"
import { SettingWarnings } from "./settingWarnings.ts"
import { isTimeZone, nearestTimeZone } from "./timeZones.ts"
import {
  all,
  defaulted,
  describe,
  optional,
  type Problem,
  parsed,
  type Read,
  required,
  withDefault
} from "./Variable.ts"
import * as v from "./variables.ts"

export type Keys = readonly [Redacted.Redacted, ...ReadonlyArray<Redacted.Redacted>]

const aws = all({
  region: optional(v.AWS_REGION),
  profile: optional(v.AWS_PROFILE),
  accessKeyId: optional(v.AWS_ACCESS_KEY_ID),
  secretAccessKey: optional(v.AWS_SECRET_ACCESS_KEY),
  sessionToken: optional(v.AWS_SESSION_TOKEN),
  sqsEndpoint: optional(v.AWS_ENDPOINT_URL_SQS),
  sesEndpoint: optional(v.AWS_ENDPOINT_URL_SES)
})

const redisRest = {
  port: defaulted(v.REDIS_PORT),
  username: optional(v.REDIS_USERNAME),
  password: optional(v.REDIS_PASSWORD),
  tls: defaulted(v.REDIS_TLS),
  cluster: defaulted(v.REDIS_CLUSTER)
}

const limits = all({ factor: defaulted(v.RATE_LIMIT_FACTOR) })

const logs = (format: "json" | "pretty") =>
  all({
    level: defaulted(v.LOG_LEVEL),
    format: withDefault(v.LOG_FORMAT, format)
  })

/** Off without an endpoint. */
const traces = all({
  endpoint: optional(v.OTEL_EXPORTER_OTLP_ENDPOINT),
  headers: parsed(
    v.OTEL_EXPORTER_OTLP_HEADERS,
    withDefault(v.OTEL_EXPORTER_OTLP_HEADERS, Redacted.make("")),
    parseHeaders
  ),
  serviceName: optional(v.OTEL_SERVICE_NAME),
  attributes: parsed(
    v.OTEL_RESOURCE_ATTRIBUTES,
    withDefault(v.OTEL_RESOURCE_ATTRIBUTES, ""),
    parsePairs
  ),
  ratio: defaulted(v.OTEL_TRACES_SAMPLER_ARG)
})

/** What the build was made of: it is never guessed. */
const revision = optional(v.REVISION)

/** `host`: without `HOST`. */
const http = (host: string) =>
  all({
    port: defaulted(v.PORT),
    host: withDefault(v.HOST, host),
    corsOrigins: withDefault(v.CORS_ORIGINS, []),
    trustProxy: parsed(v.TRUST_PROXY, defaulted(v.TRUST_PROXY), parseTrustProxy),
    metricsToken: optional(v.METRICS_TOKEN),
    loggedRequests: defaulted(v.LOG_REQUESTS)
  })

/** `host`: without `HOST`. */
const workerSettings = (host: string) =>
  all({
    port: defaulted(v.WORKER_PORT),
    host: withDefault(v.HOST, host),
    metricsToken: optional(v.METRICS_TOKEN),
    concurrency: defaulted(v.WORKER_CONCURRENCY),
    visibilitySeconds: defaulted(v.WORKER_VISIBILITY_SECONDS),
    drainSeconds: defaulted(v.WORKER_DRAIN_SECONDS)
  })

const everyAddress = "0.0.0.0"
/** What is tried out may hold what others may not see, such as the mailbox with its codes. */
const thisMachine = "127.0.0.1"

const share = (a: Keys, b: Keys): boolean =>
  a.some((x) => b.some((y) => Redacted.value(x) === Redacted.value(y)))

/** A key of one kind must not pass for another. */
const different = (read: Read<{ access: Keys; refresh: Keys; code: Keys }>): typeof read =>
  Result.flatMap(read, (secrets) => {
    const pairs = [
      ["ACCESS_TOKEN_SECRET", "REFRESH_TOKEN_SECRET", secrets.access, secrets.refresh],
      ["ACCESS_TOKEN_SECRET", "JWT_SECRET", secrets.access, secrets.code],
      ["REFRESH_TOKEN_SECRET", "JWT_SECRET", secrets.refresh, secrets.code]
    ] as const
    const problems = pairs.flatMap(
      ([a, b, x, y]): ReadonlyArray<Problem> =>
        share(x, y)
          ? [{ variable: b, problem: "conflicts", expected: `a value different from ${a}` }]
          : []
    )
    return problems.length === 0 ? Result.succeed(secrets) : Result.fail(problems)
  })

/** SMS is configured with all of its variables or with none; an address alone configures no SMS. */
const twilio = Effect.gen(function* () {
  const read: ReadonlyArray<Read<unknown>> = [
    yield* optional(v.TWILIO_ACCOUNT_SID),
    yield* optional(v.TWILIO_PHONE_NUMBER),
    yield* optional(v.TWILIO_AUTH_TOKEN),
    yield* optional(v.TWILIO_APIKEY_SID)
  ]
  if (read.every((r) => Result.isSuccess(r) && r.success === undefined))
    return Result.succeed(undefined)
  return yield* all({
    accountSid: required(v.TWILIO_ACCOUNT_SID),
    from: required(v.TWILIO_PHONE_NUMBER),
    authToken: required(v.TWILIO_AUTH_TOKEN),
    apiKeySid: optional(v.TWILIO_APIKEY_SID),
    baseUrl: optional(v.TWILIO_BASE_URL)
  })
})

/** Also for the mailbox of `dev`, so that mails there look like the real ones. */
const sms = all({ countryCodes: withDefault(v.SMS_COUNTRY_CODES, []) })

const decoded = <A>(read: Effect.Effect<Read<A>>): Effect.Effect<A, ConfigurationError> =>
  Effect.gen(function* () {
    const result = yield* read
    if (Result.isSuccess(result)) return result.success
    const warnings = yield* SettingWarnings
    return yield* new ConfigurationError({ problems: result.failure, warnings })
  })

/** The shop's time zone, as Intl knows it. The problem of another name has the nearest that there is. */
const timeZone = Effect.map(
  defaulted(v.SHOP_TIME_ZONE),
  Result.flatMap((name): Read<string> => {
    if (isTimeZone(name)) return Result.succeed(name)
    const { expected } = v.SHOP_TIME_ZONE
    const nearest = Option.match(nearestTimeZone(name), {
      onNone: () => expected,
      onSome: (near) => `${expected}; the nearest is ${near}`
    })
    return Result.fail([describe({ ...v.SHOP_TIME_ZONE, expected: nearest }, "is malformed")])
  })
)

/** What mails say of the shop, the same for API and workers. `absent`: without the variables. */
const shop = (absent: Pick<Shop, "name" | "address">) =>
  Effect.map(
    all({
      name: withDefault(v.SHOP_NAME, absent.name),
      logoUrl: optional(v.SHOP_LOGO_URL),
      address: withDefault(v.SHOP_ADDRESS, Option.getOrUndefined(absent.address)),
      url: optional(v.SHOP_URL),
      replyTo: optional(v.SHOP_REPLY_TO),
      timeZone
    }),
    Result.map(
      ({ name, logoUrl, address, url, replyTo, timeZone }): Shop => ({
        name,
        logoUrl: Option.fromUndefinedOr(logoUrl),
        address: Option.fromUndefinedOr(address),
        url: Option.map(Option.fromUndefinedOr(url), (base) => base.replace(/\/+$/u, "")),
        replyTo: Option.fromUndefinedOr(replyTo),
        timeZone
      })
    )
  )

/** What `dev` writes for, so that its mails are whole. */
const sampleShop = {
  name: "Sample Shop",
  address: Option.some("1 Harbour Street, London")
}

/** All mails of API and workers together, so both need it. */
const mailsPerSecond = defaulted(v.SES_MAX_PER_SECOND)

const redis = all({ host: required(v.REDIS_HOST), ...redisRest })

const liveParts = {
  aws,
  mongoUri: required(v.MONGO_URI),
  redis,
  queueUrl: required(v.AWS_SQS_QUEUE_URL),
  deadLetterUrl: optional(v.AWS_SQS_DLQ_URL),
  sender: required(v.SES_SENDER_EMAIL),
  shop: shop(unnamedShop),
  mailsPerSecond,
  logs: logs("json"),
  traces,
  revision
}

const secrets = Effect.map(
  all({
    access: required(v.ACCESS_TOKEN_SECRET),
    refresh: required(v.REFRESH_TOKEN_SECRET),
    code: required(v.JWT_SECRET)
  }),
  different
)

const apiSettings = all({
  ...liveParts,
  http: http(everyAddress),
  limits,
  twilio,
  sms,
  hibpUrl: optional(v.HIBP_URL),
  secrets
})

/** What `npm start` needs. */
export const apiConfig = decoded(apiSettings)
export type ApiConfig = Effect.Success<typeof apiConfig>

const allWorkerSettings = all({ ...liveParts, worker: workerSettings(everyAddress) })

/** What `npm run worker` needs: no token secrets, since it issues and verifies none. */
export const workerConfig = decoded(allWorkerSettings)
export type WorkerConfig = Effect.Success<typeof workerConfig>

/** What `npm run dev` may have: each dependency real where its variables are set, else embedded. */
export const devConfig = decoded(
  all({
    aws,
    http: http(thisMachine),
    limits,
    twilio,
    sms,
    hibpUrl: optional(v.HIBP_URL),
    worker: workerSettings(thisMachine),
    logs: logs("pretty"),
    traces,
    revision,
    mongoUri: optional(v.MONGO_URI),
    redis: all({ host: optional(v.REDIS_HOST), ...redisRest }),
    queueUrl: optional(v.AWS_SQS_QUEUE_URL),
    deadLetterUrl: optional(v.AWS_SQS_DLQ_URL),
    sender: optional(v.SES_SENDER_EMAIL),
    shop: shop(sampleShop),
    mailsPerSecond,
    secrets: all({
      access: optional(v.ACCESS_TOKEN_SECRET),
      refresh: optional(v.REFRESH_TOKEN_SECRET),
      code: optional(v.JWT_SECRET)
    }),
    admin: all({
      email: optional(v.DEV_ADMIN_EMAIL),
      password: optional(v.DEV_ADMIN_PASSWORD)
    })
  })
)
export type DevConfig = Effect.Success<typeof devConfig>

/** What most of the command line needs. */
export const cliConfig = decoded(all({ mongoUri: required(v.MONGO_URI), logs: logs("pretty") }))
export type CliConfig = Effect.Success<typeof cliConfig>

/** What its `orders` and `mails` need. */
export const ordersConfig = decoded(
  all({ mongoUri: required(v.MONGO_URI), redis, mailsPerSecond, logs: logs("pretty") })
)

/** What its `dead-letters` needs. */
export const deadLettersConfig = decoded(
  all({
    aws,
    mongoUri: required(v.MONGO_URI),
    queueUrl: required(v.AWS_SQS_QUEUE_URL),
    deadLetterUrl: optional(v.AWS_SQS_DLQ_URL),
    logs: logs("pretty")
  })
)

/** What a host without Node binds for edge.ts. Embedded data ends with its isolate, so there has to be an admin to seed. */
export const edgeConfig = decoded(
  all({
    secrets,
    limits,
    admin: all({
      email: required(v.DEV_ADMIN_EMAIL),
      password: required(v.DEV_ADMIN_PASSWORD)
    })
  })
)
export type EdgeConfig = Effect.Success<typeof edgeConfig>

const problemsOf = (read: Read<unknown>): ReadonlyArray<Problem> =>
  Result.isSuccess(read) ? [] : read.failure

/** What its `doctor` looks at: each part by itself, so that one that is wrong hides no other. */
export const doctorConfig = Effect.gen(function* () {
  const problems = [...problemsOf(yield* apiSettings), ...problemsOf(yield* allWorkerSettings)]
  return {
    /** Of API and worker, each once. */
    problems: [...new Map(problems.map((p) => [`${p.variable} ${p.problem}`, p])).values()],
    warnings: yield* SettingWarnings,
    logs: yield* logs("pretty"),
    mongoUri: yield* required(v.MONGO_URI),
    redis: yield* redis,
    queues: yield* all({
      aws,
      queueUrl: required(v.AWS_SQS_QUEUE_URL),
      deadLetterUrl: optional(v.AWS_SQS_DLQ_URL)
    }),
    mails: yield* all({ aws, sender: required(v.SES_SENDER_EMAIL), perSecond: mailsPerSecond }),
    twilio: yield* twilio
  }
})
export type DoctorConfig = Effect.Success<typeof doctorConfig>
