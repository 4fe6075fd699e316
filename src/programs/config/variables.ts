// Every variable that the programs read, in the order of the documents: `npm run docs` writes docs/configuration.md
// and .env.example from these rows.
import { Schema, SchemaTransformation } from "effect"
import { plainAddress } from "../../services/messaging/headers.ts"
import type { Defaulted, Variable } from "./Variable.ts"

const variable = <A>(row: Variable<A>): Variable<A> => row
const variableWithDefault = <A>(row: Omit<Defaulted<A>, "absent">): Defaulted<A> => ({
  ...row,
  absent: String(row.fallback)
})

const none = "none"
const ofChain = "the SDK's chain: profiles, SSO, web identity, roles"

/**
 * Any text of one line: a line break or another control character within a value is a mistake of the person who wrote
 * it, and a header or a signature with it fails much later.
 */
const Text = Schema.NonEmptyString.check(Schema.isPattern(/^\P{Cc}*$/u))
const Secret = Schema.RedactedFromValue(Text)
const TrueOrFalse = Schema.Literals(["true", "false"])
const Fraction = Schema.NumberFromString.check(Schema.isBetween({ minimum: 0, maximum: 1 }))

const port = (name: string, fallback: number, about: string) =>
  variableWithDefault({
    name,
    schema: Schema.NumberFromString.check(
      Schema.isInt(),
      Schema.isBetween({ minimum: 0, maximum: 65535 })
    ),
    about,
    expected: "a port: a whole number from 0 (any free one) to 65535",
    fallback
  })
const whole = (
  name: string,
  [minimum, maximum]: readonly [number, number],
  fallback: number,
  about: string
) =>
  variableWithDefault({
    name,
    schema: Schema.NumberFromString.check(Schema.isInt(), Schema.isBetween({ minimum, maximum })),
    about,
    expected: `a whole number from ${minimum} to ${maximum}`,
    fallback
  })
const url = (name: string, example: string, about: string, absent: string) =>
  variable({
    name,
    schema: Text.check(Schema.isPattern(/^https?:\/\/[^\s]+$/u)),
    about,
    expected: `a URL such as ${example}`,
    absent
  })

/** "a,b" as a list without blanks. */
const List = Schema.NonEmptyString.pipe(
  Schema.decodeTo(
    Schema.Array(Text),
    SchemaTransformation.transform<ReadonlyArray<string>, string>({
      decode: (text) =>
        text
          .split(",")
          .map((part) => part.trim())
          .filter((part) => part !== ""),
      encode: (parts) => parts.join(",")
    })
  )
)

const bytes = new TextEncoder()
/** HS256 and HMAC-SHA-256 want keys as long as their output (RFC 7518 §3.2). */
const minKeyBytes = 32
const Key = Text.check(Schema.makeFilter((key) => bytes.encode(key).length >= minKeyBytes))
const Keys = List.pipe(
  Schema.decodeTo(
    Schema.NonEmptyArray(Schema.RedactedFromValue(Key)),
    SchemaTransformation.passthroughSupertype()
  )
)
const keys = (name: string, does: string) =>
  variable({
    name,
    schema: Keys,
    about: `${does}; different from the other two secrets; the first of a list signs, all are accepted`,
    expected: `a secret of ${minKeyBytes} bytes or more, or a list "new,old"; make one with: openssl rand -base64 48`,
    absent: "required"
  })

export const PORT = port("PORT", 5000, "where the API listens")
export const HOST = variable({
  name: "HOST",
  schema: Text,
  about: "where API and worker listen",
  expected: "the address to listen on, such as 0.0.0.0",
  absent: "0.0.0.0; `dev`: 127.0.0.1"
})
export const WORKER_PORT = port(
  "WORKER_PORT",
  5001,
  "where the worker answers `/healthz`, `/readyz` and `/metrics`"
)

export const MONGO_URI = variable({
  name: "MONGO_URI",
  schema: Schema.RedactedFromValue(Text.check(Schema.isPattern(/^mongodb(\+srv)?:\/\/[^\s]+$/u))),
  about:
    "MongoDB, with the database's name (without one it is `test`); a replica set, since orders are placed in transactions",
  expected:
    "the URI of a MongoDB replica set, such as mongodb://localhost:27017/orders?replicaSet=rs0",
  absent: "required"
})

export const REDIS_HOST = variable({
  name: "REDIS_HOST",
  schema: Text,
  about: "Redis; of a cluster, a node or the endpoint",
  expected: "the host name of Redis, such as localhost",
  absent: "required"
})
export const REDIS_PORT = port("REDIS_PORT", 6379, "the port of Redis")
export const REDIS_USERNAME = variable({
  name: "REDIS_USERNAME",
  schema: Text,
  about: "the user at Redis; it is not used without a password",
  expected: "the Redis user name",
  absent: none
})
export const REDIS_PASSWORD = variable({
  name: "REDIS_PASSWORD",
  schema: Secret,
  about: "the password of that user, or of the default user",
  expected: "the Redis password",
  absent: none
})
export const REDIS_TLS = variableWithDefault({
  name: "REDIS_TLS",
  schema: TrueOrFalse,
  about: "whether connections to Redis use TLS",
  expected: "true or false",
  fallback: "false"
})
export const REDIS_CLUSTER = variableWithDefault({
  name: "REDIS_CLUSTER",
  schema: TrueOrFalse,
  about: "whether `REDIS_HOST` is a node or the endpoint of a Redis Cluster",
  expected: "true or false",
  fallback: "false"
})

export const AWS_REGION = variable({
  name: "AWS_REGION",
  schema: Text,
  about: "the region of SQS and SES",
  expected: "an AWS region, such as eu-central-1",
  absent: ofChain
})
export const AWS_ACCESS_KEY_ID = variable({
  name: "AWS_ACCESS_KEY_ID",
  schema: Text.check(Schema.isPattern(/^\S+$/u)),
  about: "credentials, with the next variable. Those of the chain are renewed",
  expected: "an AWS access key id",
  absent: ofChain
})
export const AWS_SECRET_ACCESS_KEY = variable({
  name: "AWS_SECRET_ACCESS_KEY",
  schema: Secret,
  about: "the secret of that key",
  expected: "the secret of the AWS access key",
  absent: ofChain
})
export const AWS_SESSION_TOKEN = variable({
  name: "AWS_SESSION_TOKEN",
  schema: Secret,
  about: "the token of a temporary key, which ends with its session",
  expected: "the session token that comes with a temporary AWS access key",
  absent: none
})
export const AWS_PROFILE = variable({
  name: "AWS_PROFILE",
  schema: Text,
  about: "a profile, which takes precedence over keys",
  expected: "the name of a profile in the files of the AWS command line",
  absent: none
})
export const AWS_ENDPOINT_URL_SQS = url(
  "AWS_ENDPOINT_URL_SQS",
  "http://localhost:9324",
  "a stand-in for SQS",
  "AWS"
)
export const AWS_ENDPOINT_URL_SES = url(
  "AWS_ENDPOINT_URL_SES",
  "http://localhost:8005",
  "a stand-in for SES",
  "AWS"
)
export const AWS_SQS_QUEUE_URL = url(
  "AWS_SQS_QUEUE_URL",
  "https://sqs.eu-central-1.amazonaws.com/123456789012/orders",
  "the order queue",
  "required"
)
export const AWS_SQS_DLQ_URL = url(
  "AWS_SQS_DLQ_URL",
  "https://sqs.eu-central-1.amazonaws.com/123456789012/orders-dead",
  "its dead-letter queue",
  "looked up in the queue's redrive policy"
)
export const SES_SENDER_EMAIL = variable({
  name: "SES_SENDER_EMAIL",
  schema: Text.check(Schema.isPattern(/^[^\s@<>]+@[^\s@<>]+$/u)),
  about: "the sender of mails: an address that SES has verified, or whose domain it has",
  expected: "the verified sender, such as orders@example.com",
  absent: "required"
})

const shopLength = 100
export const SHOP_NAME = variable({
  name: "SHOP_NAME",
  schema: Text.check(Schema.isMaxLength(shopLength)),
  about: "how mails name the shop; the same for API and workers, as the next five are",
  expected: `the name of the shop in mails, of ${shopLength} characters at most, such as Tea & Cups`,
  absent: "Order Processing; `dev`: Sample Shop"
})
export const SHOP_LOGO_URL = url(
  "SHOP_LOGO_URL",
  "https://shop.example.com/logo.png",
  "an image that mail clients load, shown 40 pixels high",
  "the name alone"
)
export const SHOP_ADDRESS = variable({
  name: "SHOP_ADDRESS",
  schema: Text.check(Schema.isMaxLength(3 * shopLength)),
  about: "stands at the end of mails",
  expected:
    "the postal address of the shop in one line, such as Tea & Cups Ltd, 1 Harbour Street, London",
  absent: "none; `dev`: a sample"
})
export const SHOP_URL = url(
  "SHOP_URL",
  "https://shop.example.com",
  "where links of mails begin: those of orders lead to `SHOP_URL/orders/NUMBER`",
  "no links"
)
export const SHOP_REPLY_TO = variable({
  name: "SHOP_REPLY_TO",
  schema: Text.check(Schema.isPattern(plainAddress)),
  about: "the Reply-To of mails",
  expected: "the address that gets the answers to mails, such as help@shop.example.com",
  absent: "the sender"
})
export const SHOP_TIME_ZONE = variableWithDefault({
  name: "SHOP_TIME_ZONE",
  schema: Text.check(Schema.isMaxLength(shopLength)),
  about: "the zone of the times in mails; SMS have UTC",
  expected: "the IANA name of a time zone, such as Europe/Berlin",
  fallback: "UTC"
})

export const TWILIO_ACCOUNT_SID = variable({
  name: "TWILIO_ACCOUNT_SID",
  schema: Text.check(Schema.isPattern(/^AC[0-9a-f]{32}$/u)),
  about: "codes by SMS: this, the number and the token, or none of them",
  expected: "the account SID: AC and 32 hexadecimal digits",
  absent: "no SMS: `channel_unavailable` for phones and for resets by SMS"
})
export const TWILIO_PHONE_NUMBER = variable({
  name: "TWILIO_PHONE_NUMBER",
  schema: Text.check(Schema.isPattern(/^\+[1-9]\d{6,14}$/u)),
  about: "the sender of SMS",
  expected: "the sending number in E.164, such as +15005550006",
  absent: none
})
export const TWILIO_APIKEY_SID = variable({
  name: "TWILIO_APIKEY_SID",
  schema: Text.check(Schema.isPattern(/^SK[0-9a-f]{32}$/u)),
  about: "an API key; without it, the account's own token is used",
  expected: "the API key's SID: SK and 32 hexadecimal digits",
  absent: none
})
export const TWILIO_AUTH_TOKEN = variable({
  name: "TWILIO_AUTH_TOKEN",
  schema: Secret,
  about: "authenticates at Twilio",
  expected:
    "the API key's secret where TWILIO_APIKEY_SID is set, the account's auth token otherwise",
  absent: none
})
export const TWILIO_BASE_URL = url(
  "TWILIO_BASE_URL",
  "https://api.twilio.com",
  "one of Twilio's regions, a proxy or a stand-in; it gets the credentials",
  "https://api.twilio.com"
)
/** Seven digits tell apart the countries that share a code. */
const CountryCode = Schema.makeFilter<ReadonlyArray<string>>(
  (codes) => codes.length > 0 && codes.every((code) => /^\+[1-9]\d{0,6}$/u.test(code))
)
export const SMS_COUNTRY_CODES = variable({
  name: "SMS_COUNTRY_CODES",
  schema: List.check(CountryCode),
  about:
    "the countries that SMS may go to. List those of your customers: an attacker can earn on messages to other countries (SMS pumping)",
  expected:
    "country codes, or longer beginnings of numbers, separated by commas, such as +1,+44,+49",
  absent: "every country"
})

export const ACCESS_TOKEN_SECRET = keys("ACCESS_TOKEN_SECRET", "signs access tokens")
export const REFRESH_TOKEN_SECRET = keys("REFRESH_TOKEN_SECRET", "signs refresh tokens")
export const JWT_SECRET = keys(
  "JWT_SECRET",
  "key of the digests of one-time codes; despite its name it signs no tokens"
)

export const HIBP_URL = url(
  "HIBP_URL",
  "https://api.pwnedpasswords.com",
  "where new passwords are also looked up: Have I Been Pwned or a mirror of it, which learns the first five digits of their SHA-1",
  "the list that comes with the service alone"
)

export const CORS_ORIGINS = variable({
  name: "CORS_ORIGINS",
  schema: List.check(
    Schema.makeFilter((origins) => origins.every((o) => /^https?:\/\/[^/\s]+$/u.test(o)))
  ),
  about: "whose pages may read answers",
  expected: "origins separated by commas, such as https://shop.example.com,http://localhost:3000",
  absent: none
})
export const TRUST_PROXY = variableWithDefault({
  name: "TRUST_PROXY",
  schema: Text,
  about: "behind which proxies the client's address is read from `X-Forwarded-For`",
  expected: "off, a number of proxies in front, or their networks as CIDRs separated by commas",
  fallback: "off"
})
export const RATE_LIMIT_FACTOR = variableWithDefault({
  name: "RATE_LIMIT_FACTOR",
  schema: Schema.NumberFromString.check(Schema.isBetween({ minimum: 0.01, maximum: 1_000_000 })),
  about:
    "multiplies every rate limit; above 1 also the connections that a client may have open, and the bodies that it may be sending",
  expected: "a number from 0.01 to 1000000",
  fallback: 1
})

export const LOG_LEVEL = variableWithDefault({
  name: "LOG_LEVEL",
  schema: Schema.Literals(["trace", "debug", "info", "warn", "error", "fatal", "none"]),
  about: "from which level on lines are logged",
  expected: "trace, debug, info, warn, error, fatal or none",
  fallback: "info"
})
export const LOG_FORMAT = variable({
  name: "LOG_FORMAT",
  schema: Schema.Literals(["json", "pretty"]),
  about: "how the lines look",
  expected: "json or pretty",
  absent: "json; `dev`: pretty"
})
export const LOG_REQUESTS = variableWithDefault({
  name: "LOG_REQUESTS",
  schema: Fraction,
  about:
    "the fraction of requests that are logged at `info`; answers of 5xx are always logged, and at `debug` every request is",
  expected: "a number from 0 (no request) to 1 (every request)",
  fallback: 0.01
})
export const REVISION = variable({
  name: "REVISION",
  schema: Text,
  about: "for `build_info` in `/metrics`",
  expected: "what the build was made of, such as the id of a commit",
  absent: "unknown"
})
export const OTEL_EXPORTER_OTLP_ENDPOINT = url(
  "OTEL_EXPORTER_OTLP_ENDPOINT",
  "http://localhost:4318",
  "an OpenTelemetry collector that takes traces over HTTP: they go to its `/v1/traces`",
  "no traces are kept"
)
export const OTEL_EXPORTER_OTLP_HEADERS = variable({
  name: "OTEL_EXPORTER_OTLP_HEADERS",
  schema: Secret,
  about: "what the collector asks for, such as its key",
  expected:
    "headers for the collector, percent-encoded and separated by commas, such as api-key=secret,tenant=shop",
  absent: none
})
export const OTEL_SERVICE_NAME = variable({
  name: "OTEL_SERVICE_NAME",
  schema: Text,
  about: "names the process. An environment that API and worker share gives both the same name",
  expected: "the name of the process in traces, such as shop-api",
  absent: "`order-api`, `order-worker`; `dev`: `order-dev`"
})
export const OTEL_RESOURCE_ATTRIBUTES = variable({
  name: "OTEL_RESOURCE_ATTRIBUTES",
  schema: Text,
  about: "what else traces say of the process",
  expected:
    "attributes of the process in traces, percent-encoded and separated by commas, such as deployment.environment.name=staging",
  absent: "`service.version` alone"
})
export const OTEL_TRACES_SAMPLER_ARG = variableWithDefault({
  name: "OTEL_TRACES_SAMPLER_ARG",
  schema: Fraction,
  about: "the fraction of traces that is kept",
  expected: "a number from 0 (no trace) to 1 (every trace)",
  fallback: 1
})
export const METRICS_TOKEN = variable({
  name: "METRICS_TOKEN",
  // A request can carry no other characters in its Authorization header.
  schema: Schema.RedactedFromValue(Text.check(Schema.isPattern(/^[\x21-\x7e]{16,}$/u))),
  about: "who may read metrics",
  expected:
    "the bearer token that /metrics asks for, 16 characters of ASCII or more without blanks; make one with: openssl rand -hex 32",
  absent: "closed; `dev`: open"
})

export const WORKER_CONCURRENCY = whole(
  "WORKER_CONCURRENCY",
  [1, 1000],
  32,
  "how many mails a worker claims together at most; it sends up to twice as many at the same time"
)
/** A write of the store takes 5 s at most; SQS allows twelve hours. */
export const WORKER_VISIBILITY_SECONDS = whole(
  "WORKER_VISIBILITY_SECONDS",
  [10, 43_200],
  60,
  "how long a received message is hidden from other workers. Confirming takes milliseconds; after a failure and in an outage of MongoDB the worker sets other times"
)
export const WORKER_DRAIN_SECONDS = whole(
  "WORKER_DRAIN_SECONDS",
  [0, 3600],
  25,
  "how long a worker that stops may finish; the host has to grant more before it kills"
)
export const SES_MAX_PER_SECOND = variableWithDefault({
  name: "SES_MAX_PER_SECOND",
  schema: Schema.NumberFromString.check(Schema.isBetween({ minimum: 0.1, maximum: 10_000 })),
  about:
    "mails per second, over all processes: your sending rate of SES, the same for API and worker",
  expected: "a number from 0.1 to 10000",
  fallback: 14
})

const Email = Text.check(Schema.isPattern(/^[^\s@]+@[^\s@]+$/u))
export const DEV_ADMIN_EMAIL = variable({
  name: "DEV_ADMIN_EMAIL",
  schema: Email,
  about:
    "the admin that `dev` seeds; ignored elsewhere. With a `MONGO_URI`, `dev` seeds one only where this and the next are set",
  expected: "an email address",
  absent: "admin@example.com"
})
export const DEV_ADMIN_PASSWORD = variable({
  name: "DEV_ADMIN_PASSWORD",
  schema: Schema.RedactedFromValue(Text.check(Schema.isMinLength(8), Schema.isMaxLength(128))),
  about: "the password of that admin",
  expected: "a password of 8 to 128 characters",
  absent: "random, printed"
})
