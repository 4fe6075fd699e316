// What a deployment is told of its variables though it starts: misspelt names, halves of pairs, a URI without a database.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { cliConfig } from "../../src/programs/config/config.ts"
import { misspelt, SettingWarnings, warningsOf } from "../../src/programs/config/settingWarnings.ts"
import * as declared from "../../src/programs/config/variables.ts"

const canary = "hunter2"

describe("an unknown variable", () => {
  for (const [name, ours] of [
    ["MONGO_URL", "MONGO_URI"],
    ["MONGODB_URI", "MONGO_URI"],
    ["REDIS_HOSTNAME", "REDIS_HOST"],
    ["SES_SENDER", "SES_SENDER_EMAIL"],
    ["ACESS_TOKEN_SECRET", "ACCESS_TOKEN_SECRET"],
    ["JWT_SECRETS_FILE", "JWT_SECRET"],
    ["AWS_SQS_QUEUE_URI", "AWS_SQS_QUEUE_URL"],
    ["LOGLEVEL", "LOG_LEVEL"]
  ] as const)
    it(`is reported with the nearest known one: ${name}`, () => {
      assert.deepStrictEqual(misspelt({ [name]: canary }), [[name, ours]])
      const [warning = ""] = warningsOf({ [name]: canary })
      assert.include(warning, `${name} (${ours})`)
      assert.notInclude(warning, canary)
    })

  it("is ignored when that one is set, and when another program reads it", () => {
    assert.deepStrictEqual(misspelt({ MONGO_URL: "a", MONGO_URI: "b" }), [])
    for (const name of [
      ...["PATH", "HOME", "HOSTNAME", "TERM", "SHELL", "POSTGRES_URL", "SMTP_HOST"],
      ...["NODE_OPTIONS", "npm_config_cache", "npm_package_version", "TEST_MONGO_URI"],
      ...["AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL_SNS", "AWS_ROLE_ARN", "OTEL_SERVICE_NAME"],
      ...["REDIS_SERVICE_HOST", "REDIS_PORT_6379_TCP", "MONGO_INITDB_ROOT_PASSWORD"]
    ])
      assert.deepStrictEqual(misspelt({ [name]: "value" }), [], name)
  })

  it("is ignored when it belongs to another program, by its name or by its file's", () => {
    for (const { name } of Object.values(declared)) {
      assert.deepStrictEqual(misspelt({ [name]: "value" }), [], name)
      assert.deepStrictEqual(misspelt({ [`${name}_FILE`]: "path" }), [], name)
    }
  })
})

describe("half of a pair", () => {
  for (const [name, other] of [
    ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
    ["AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"],
    ["AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID"],
    ["REDIS_USERNAME", "REDIS_PASSWORD"]
  ] as const)
    it(`is reported: ${name}`, () => {
      const [warning = "", ...more] = warningsOf({ [name]: canary })
      assert.include(warning, `${name} is set without ${other}`)
      assert.notInclude(warning, canary)
      assert.lengthOf(more, 0)
    })

  it("is not reported when both are set, and a Redis password needs no user name", () => {
    const pair = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "s", AWS_SESSION_TOKEN: "t" }
    assert.deepStrictEqual(warningsOf(pair), [])
    assert.deepStrictEqual(warningsOf({ REDIS_PASSWORD: "p" }), [])
  })
})

describe("a MONGO_URI", () => {
  for (const uri of [
    "mongodb://db:27017",
    "mongodb://db:27017/",
    "mongodb://ada:hunter2@a:1,b:2/?replicaSet=rs0",
    "mongodb+srv://cluster.example.com?retryWrites=true"
  ])
    it(`without a database is reported: ${uri.replace(canary, "…")}`, () => {
      const [warning = ""] = warningsOf({ MONGO_URI: uri })
      assert.include(warning, "MONGO_URI names no database")
      assert.notInclude(warning, canary)
    })

  it("with one is not reported", () => {
    for (const uri of ["mongodb://db/orders", "mongodb+srv://a:b@c.example.com/orders?w=majority"])
      assert.deepStrictEqual(warningsOf({ MONGO_URI: uri }), [])
  })
})

it.effect("missing variables are reported together with likely typing errors", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(cliConfig)
    assert.include(error.message, "MONGO_URI is missing")
    assert.include(error.message, "MONGO_URL (MONGO_URI)")
  }).pipe(Effect.provide(Layer.succeed(SettingWarnings, warningsOf({ MONGO_URL: canary }))))
)
