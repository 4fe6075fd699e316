// Every variable that the programs read. docs/configuration.md and .env.example list the same (a test compares).
import { Schema, SchemaTransformation } from "effect"
import { plainAddress } from "../../services/messaging/headers.ts"
import type { Variable } from "./Variable.ts"

const variable = <A>(
  name: string,
  schema: Schema.ConstraintCodec<A, unknown>,
  expected: string
): Variable<A> => ({ name, schema, expected })

/**
 * Any text of one line: a line break or another control character within a value is a mistake of the person who wrote
 * it, and a header or a signature with it fails much later.
 */
const Text = Schema.NonEmptyString.check(Schema.isPattern(/^\P{Cc}*$/u))
const Secret = Schema.RedactedFromValue(Text)
const port = (name: string) =>
  variable(
    name,
    Schema.NumberFromString.check(Schema.isInt(), Schema.isBetween({ minimum: 0, maximum: 65535 })),
    "a port: a whole number from 0 (any free one) to 65535"
  )
const whole = (name: string, minimum: number, maximum: number) =>
  variable(
    name,
    Schema.NumberFromString.check(Schema.isInt(), Schema.isBetween({ minimum, maximum })),
    `a whole number from ${minimum} to ${maximum}`
  )
const url = (name: string, example: string) =>
  variable(name, Text.check(Schema.isPattern(/^https?:\/\/[^\s]+$/u)), `a URL such as ${example}`)

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
const keys = (name: string, use: string) =>
  variable(
    name,
    Keys,
    `a secret of ${minKeyBytes} bytes or more, which ${use}, or a list "new,old"; make one with: openssl rand -base64 48`
  )

export const PORT = port("PORT")
export const HOST = variable("HOST", Text, "the address to listen on, such as 0.0.0.0")
export const WORKER_PORT = port("WORKER_PORT")

export const MONGO_URI = variable(
  "MONGO_URI",
  Schema.RedactedFromValue(Text.check(Schema.isPattern(/^mongodb(\+srv)?:\/\/[^\s]+$/u))),
  "the URI of a MongoDB replica set, such as mongodb://localhost:27017/orders?replicaSet=rs0"
)

export const REDIS_HOST = variable("REDIS_HOST", Text, "the host name of Redis, such as localhost")
export const REDIS_PORT = port("REDIS_PORT")
export const REDIS_USERNAME = variable("REDIS_USERNAME", Text, "the Redis user name")
export const REDIS_PASSWORD = variable("REDIS_PASSWORD", Secret, "the Redis password")
export const REDIS_TLS = variable(
  "REDIS_TLS",
  Schema.Literals(["true", "false"]),
  "true or false: whether Redis is spoken to over TLS"
)
export const REDIS_CLUSTER = variable(
  "REDIS_CLUSTER",
  Schema.Literals(["true", "false"]),
  "true or false: whether REDIS_HOST leads to a Redis Cluster"
)

export const AWS_REGION = variable("AWS_REGION", Text, "an AWS region, such as eu-central-1")
export const AWS_ACCESS_KEY_ID = variable(
  "AWS_ACCESS_KEY_ID",
  Text.check(Schema.isPattern(/^\S+$/u)),
  "an AWS access key id"
)
export const AWS_SECRET_ACCESS_KEY = variable(
  "AWS_SECRET_ACCESS_KEY",
  Secret,
  "the secret of the AWS access key"
)
export const AWS_SESSION_TOKEN = variable(
  "AWS_SESSION_TOKEN",
  Secret,
  "the session token that comes with a temporary AWS access key"
)
export const AWS_PROFILE = variable(
  "AWS_PROFILE",
  Text,
  "the name of a profile in the files of the AWS command line"
)
export const AWS_ENDPOINT_URL_SQS = url("AWS_ENDPOINT_URL_SQS", "http://localhost:9324")
export const AWS_ENDPOINT_URL_SES = url("AWS_ENDPOINT_URL_SES", "http://localhost:8005")
export const AWS_SQS_QUEUE_URL = url(
  "AWS_SQS_QUEUE_URL",
  "https://sqs.eu-central-1.amazonaws.com/123456789012/orders"
)
export const AWS_SQS_DLQ_URL = url(
  "AWS_SQS_DLQ_URL",
  "https://sqs.eu-central-1.amazonaws.com/123456789012/orders-dead"
)
export const SES_SENDER_EMAIL = variable(
  "SES_SENDER_EMAIL",
  Text.check(Schema.isPattern(/^[^\s@<>]+@[^\s@<>]+$/u)),
  "the verified sender, such as orders@example.com"
)

const shopLength = 100
export const SHOP_NAME = variable(
  "SHOP_NAME",
  Text.check(Schema.isMaxLength(shopLength)),
  `the name of the shop in mails, of ${shopLength} characters at most, such as Tea & Cups`
)
export const SHOP_LOGO_URL = url("SHOP_LOGO_URL", "https://shop.example.com/logo.png")
export const SHOP_ADDRESS = variable(
  "SHOP_ADDRESS",
  Text.check(Schema.isMaxLength(3 * shopLength)),
  "the postal address of the shop in one line, such as Tea & Cups Ltd, 1 Harbour Street, London"
)
export const SHOP_URL = url("SHOP_URL", "https://shop.example.com")
export const SHOP_REPLY_TO = variable(
  "SHOP_REPLY_TO",
  Text.check(Schema.isPattern(plainAddress)),
  "the address that gets the answers to mails, such as help@shop.example.com"
)

export const TWILIO_ACCOUNT_SID = variable(
  "TWILIO_ACCOUNT_SID",
  Text.check(Schema.isPattern(/^AC[0-9a-f]{32}$/u)),
  "the account SID: AC and 32 hexadecimal digits"
)
/** Seven digits tell apart the countries that share a code. */
const CountryCode = Schema.makeFilter<ReadonlyArray<string>>(
  (codes) => codes.length > 0 && codes.every((code) => /^\+[1-9]\d{0,6}$/u.test(code))
)
export const SMS_COUNTRY_CODES = variable(
  "SMS_COUNTRY_CODES",
  List.check(CountryCode),
  "country codes, or longer beginnings of numbers, separated by commas, such as +1,+44,+49"
)
export const TWILIO_PHONE_NUMBER = variable(
  "TWILIO_PHONE_NUMBER",
  Text.check(Schema.isPattern(/^\+[1-9]\d{6,14}$/u)),
  "the sending number in E.164, such as +15005550006"
)
export const TWILIO_APIKEY_SID = variable(
  "TWILIO_APIKEY_SID",
  Text.check(Schema.isPattern(/^SK[0-9a-f]{32}$/u)),
  "the API key's SID: SK and 32 hexadecimal digits"
)
export const TWILIO_AUTH_TOKEN = variable(
  "TWILIO_AUTH_TOKEN",
  Secret,
  "the API key's secret where TWILIO_APIKEY_SID is set, the account's auth token otherwise"
)
export const TWILIO_BASE_URL = url("TWILIO_BASE_URL", "https://api.twilio.com")

export const ACCESS_TOKEN_SECRET = keys("ACCESS_TOKEN_SECRET", "signs access tokens")
export const REFRESH_TOKEN_SECRET = keys("REFRESH_TOKEN_SECRET", "signs refresh tokens")
export const JWT_SECRET = keys("JWT_SECRET", "keys the digests of one-time codes")

const Email = Text.check(Schema.isPattern(/^[^\s@]+@[^\s@]+$/u))
export const DEV_ADMIN_EMAIL = variable("DEV_ADMIN_EMAIL", Email, "an email address")
export const DEV_ADMIN_PASSWORD = variable(
  "DEV_ADMIN_PASSWORD",
  Schema.RedactedFromValue(Text.check(Schema.isMinLength(8), Schema.isMaxLength(128))),
  "a password of 8 to 128 characters"
)

export const HIBP_URL = url("HIBP_URL", "https://api.pwnedpasswords.com")

export const CORS_ORIGINS = variable(
  "CORS_ORIGINS",
  List.check(Schema.makeFilter((origins) => origins.every((o) => /^https?:\/\/[^/\s]+$/u.test(o)))),
  "origins separated by commas, such as https://shop.example.com,http://localhost:3000"
)
export const TRUST_PROXY = variable(
  "TRUST_PROXY",
  Text,
  "off, a number of proxies in front, or their networks as CIDRs separated by commas"
)
export const LOG_LEVEL = variable(
  "LOG_LEVEL",
  Schema.Literals(["trace", "debug", "info", "warn", "error", "fatal", "none"]),
  "trace, debug, info, warn, error, fatal or none"
)
export const LOG_FORMAT = variable(
  "LOG_FORMAT",
  Schema.Literals(["json", "pretty"]),
  "json or pretty"
)
export const LOG_REQUESTS = variable(
  "LOG_REQUESTS",
  Schema.NumberFromString.check(Schema.isBetween({ minimum: 0, maximum: 1 })),
  "a number from 0 (no request) to 1 (every request)"
)
export const REVISION = variable(
  "REVISION",
  Text,
  "what the build was made of, such as the id of a commit"
)
export const OTEL_EXPORTER_OTLP_ENDPOINT = url(
  "OTEL_EXPORTER_OTLP_ENDPOINT",
  "http://localhost:4318"
)
export const OTEL_EXPORTER_OTLP_HEADERS = variable(
  "OTEL_EXPORTER_OTLP_HEADERS",
  Secret,
  "headers for the collector, percent-encoded and separated by commas, such as api-key=secret,tenant=shop"
)
export const OTEL_SERVICE_NAME = variable(
  "OTEL_SERVICE_NAME",
  Text,
  "the name of the process in traces, such as shop-api"
)
export const OTEL_RESOURCE_ATTRIBUTES = variable(
  "OTEL_RESOURCE_ATTRIBUTES",
  Text,
  "attributes of the process in traces, percent-encoded and separated by commas, such as deployment.environment.name=staging"
)
export const OTEL_TRACES_SAMPLER_ARG = variable(
  "OTEL_TRACES_SAMPLER_ARG",
  Schema.NumberFromString.check(Schema.isBetween({ minimum: 0, maximum: 1 })),
  "a number from 0 (no trace) to 1 (every trace)"
)
export const METRICS_TOKEN = variable(
  "METRICS_TOKEN",
  // A request can carry no other characters in its Authorization header.
  Schema.RedactedFromValue(Text.check(Schema.isPattern(/^[\x21-\x7e]{16,}$/u))),
  "the bearer token that /metrics asks for, 16 characters of ASCII or more without blanks; make one with: openssl rand -hex 32"
)
export const RATE_LIMIT_FACTOR = variable(
  "RATE_LIMIT_FACTOR",
  Schema.NumberFromString.check(Schema.isBetween({ minimum: 0.01, maximum: 1_000_000 })),
  "a number from 0.01 to 1000000"
)

export const WORKER_CONCURRENCY = whole("WORKER_CONCURRENCY", 1, 1000)
/** A write of the store takes 5 s at most; SQS allows twelve hours. */
export const WORKER_VISIBILITY_SECONDS = whole("WORKER_VISIBILITY_SECONDS", 10, 43_200)
export const WORKER_DRAIN_SECONDS = whole("WORKER_DRAIN_SECONDS", 0, 3600)
export const SES_MAX_PER_SECOND = variable(
  "SES_MAX_PER_SECOND",
  Schema.NumberFromString.check(Schema.isBetween({ minimum: 0.1, maximum: 10_000 })),
  "a number from 0.1 to 10000"
)
