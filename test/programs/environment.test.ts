// What reaches the programs of what deployers write: values with blanks around them, files of secrets, and
// `.env` files of other editors.
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Option, Redacted } from "effect"
import { apiConfig } from "../../src/programs/config/config.ts"
import { readEnvironment } from "../../src/programs/config/environment.ts"
import { Unusable } from "../../src/programs/config/Variable.ts"
import * as declared from "../../src/programs/config/variables.ts"
import { version } from "../../src/programs/version.ts"
import { unnamedShop } from "../../src/services/mails/Shop.ts"

const complete = {
  MONGO_URI: "mongodb://127.0.0.1:1/orders",
  REDIS_HOST: "127.0.0.1",
  AWS_SQS_QUEUE_URL: "http://127.0.0.1:1/000000000000/orders",
  SES_SENDER_EMAIL: "orders@example.com",
  ACCESS_TOKEN_SECRET: "a".repeat(32),
  REFRESH_TOKEN_SECRET: "r".repeat(32),
  JWT_SECRET: "c".repeat(32)
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const utf16 = (text: string): Uint8Array => Buffer.from(text, "utf16le")

interface Written {
  readonly dotenv?: Uint8Array
  readonly files?: Readonly<Record<string, Uint8Array>>
}

const read = (env: Readonly<Record<string, string>>, { dotenv, files = {} }: Written = {}) =>
  readEnvironment(env, Option.fromUndefinedOr(dotenv), (path) =>
    Option.fromUndefinedOr(files[path])
  )

/** What `npm start` makes of it. */
const decoded = (env: Readonly<Record<string, string>>, written?: Written) => {
  const { variables, problems } = read(env, written)
  const layer = Layer.merge(
    ConfigProvider.layer(ConfigProvider.fromEnvRecord(variables)),
    Layer.succeed(Unusable, problems)
  )
  return apiConfig.pipe(Effect.provide(layer))
}

const problemsOf = (env: Readonly<Record<string, string>>, written?: Written) =>
  Effect.map(Effect.flip(decoded(env, written)), ({ problems }) =>
    problems.map(({ variable, problem }) => `${variable} ${problem}`)
  )

describe("the shop of the mails", () => {
  it.effect("has the values of the variables, with links without a slash at the end", () =>
    Effect.gen(function* () {
      const { shop } = yield* decoded({
        ...complete,
        SHOP_NAME: "Tea & Cups",
        SHOP_LOGO_URL: "https://shop.example.com/logo.png",
        SHOP_ADDRESS: "1 Harbour Street, London",
        SHOP_URL: "https://shop.example.com/en//",
        SHOP_REPLY_TO: "help@shop.example.com",
        SHOP_TIME_ZONE: "Europe/Berlin"
      })
      assert.deepStrictEqual(shop, {
        name: "Tea & Cups",
        logoUrl: Option.some("https://shop.example.com/logo.png"),
        address: Option.some("1 Harbour Street, London"),
        url: Option.some("https://shop.example.com/en"),
        replyTo: Option.some("help@shop.example.com"),
        timeZone: "Europe/Berlin"
      })
    })
  )

  it.effect("has only a name without them", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* decoded(complete)).shop, unnamedShop)
    })
  )

  it.effect("has no address with two recipients", () =>
    Effect.gen(function* () {
      const env = { ...complete, SHOP_REPLY_TO: "help@shop.example.com, other@example.com" }
      assert.deepStrictEqual(yield* problemsOf(env), ["SHOP_REPLY_TO is malformed"])
    })
  )
})

describe("the time zone of the shop", () => {
  it.effect.each(["Europe/Berlin", "america/argentina/buenos_aires", "Asia/Kolkata", "UTC"])(
    "may be %s",
    (SHOP_TIME_ZONE) =>
      Effect.gen(function* () {
        const { shop } = yield* decoded({ ...complete, SHOP_TIME_ZONE })
        assert.strictEqual(shop.timeZone, SHOP_TIME_ZONE)
      })
  )

  it.effect.each([
    ["Europe/Berln", "; the nearest is Europe/Berlin"],
    ["Berlin", "; the nearest is Europe/Berlin"],
    ["New_York", "; the nearest is America/New_York"],
    ["UTX", "; the nearest is UTC"],
    ["+02:00", ""],
    ["the zone of the shop in Springfield", ""]
  ] as const)("is not %s, and the error names the nearest", ([SHOP_TIME_ZONE, nearest]) =>
    Effect.gen(function* () {
      const { problems } = yield* Effect.flip(decoded({ ...complete, SHOP_TIME_ZONE }))
      assert.deepStrictEqual(problems, [
        {
          variable: "SHOP_TIME_ZONE",
          problem: "is malformed",
          expected: `the IANA name of a time zone, such as Europe/Berlin${nearest}`
        }
      ])
    })
  )
})

describe("a value with blanks or line breaks around it", () => {
  it("is trimmed, for every variable", () => {
    for (const { name } of Object.values(declared)) {
      const { variables } = read({ [name]: " \tvalue \r\n\n" })
      assert.strictEqual(variables[name], "value", name)
    }
  })

  it.effect("is decoded like the trimmed value", () =>
    Effect.gen(function* () {
      const config = yield* decoded({
        ...complete,
        METRICS_TOKEN: "0123456789abcdef\n",
        AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE\n",
        PORT: "5005\r\n",
        LOG_LEVEL: "debug "
      })
      assert.strictEqual(config.aws.accessKeyId, "AKIAIOSFODNN7EXAMPLE")
      assert.strictEqual(
        Redacted.value(config.http.metricsToken ?? assert.fail()),
        "0123456789abcdef"
      )
      assert.strictEqual(config.http.port, 5005)
      assert.strictEqual(config.logs.level, "debug")
    })
  )

  it("is trimmed for libraries that read the environment themselves", () => {
    const { forLibraries } = read({
      AWS_SESSION_TOKEN: "token\n",
      AWS_PROFILE: "shop ",
      HOME: "/a "
    })
    assert.deepStrictEqual(forLibraries, { AWS_SESSION_TOKEN: "token", AWS_PROFILE: "shop" })
  })

  it.effect("is absent when nothing is left", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* problemsOf({ ...complete, MONGO_URI: " \n" }), [
        "MONGO_URI is missing"
      ])
    })
  )
})

it.effect("a line break or another control character within a value is malformed", () =>
  Effect.gen(function* () {
    for (const [name, value] of [
      ["REDIS_PASSWORD", "two\nlines"],
      ["AWS_ACCESS_KEY_ID", "AKIA\u0000IOSFODNN7"],
      ["AWS_SECRET_ACCESS_KEY", "two\r\nlines"],
      ["METRICS_TOKEN", "0123456789 abcdef"],
      ["REDIS_HOST", "local\thost"],
      ["JWT_SECRET", `${"c".repeat(32)}\n${"d".repeat(32)}`]
    ] as const)
      assert.deepStrictEqual(yield* problemsOf({ ...complete, [name]: value }), [
        `${name} is malformed`
      ])
  })
)

it.effect.each([
  ["PORT", "http"],
  ["MONGO_URI", "localhost:27017"],
  ["REDIS_PORT", "65536"],
  ["JWT_SECRET", "short"],
  ["TRUST_PROXY", "yes"],
  ["HIBP_URL", "api.pwnedpasswords.com"],
  ["SMS_COUNTRY_CODES", "+49,+0"],
  ["SMS_COUNTRY_CODES", "49"],
  ["SMS_COUNTRY_CODES", ","],
  ["SMS_COUNTRY_CODES", "+4915112345"],
  ["LOG_LEVEL", "loud"]
] as const)("%s=%s is malformed, and nothing else is", ([name, value]) =>
  Effect.gen(function* () {
    assert.deepStrictEqual(yield* problemsOf({ ...complete, [name]: value }), [
      `${name} is malformed`
    ])
  })
)

it.effect("a list may break its lines at its commas", () =>
  Effect.gen(function* () {
    const config = yield* decoded({ ...complete, SMS_COUNTRY_CODES: "+1,\n+49\n" })
    assert.deepStrictEqual(config.sms.countryCodes, ["+1", "+49"])
  })
)

describe("<NAME>_FILE", () => {
  const path = "/run/secrets/value"

  it("names the file with the value of any variable", () => {
    for (const { name } of Object.values(declared)) {
      const { variables } = read({ [`${name}_FILE`]: path }, { files: { [path]: utf8("value\n") } })
      assert.strictEqual(variables[name], "value", name)
    }
  })

  it("passes to libraries only the variables that they read themselves", () => {
    const env = { AWS_SECRET_ACCESS_KEY_FILE: path, JWT_SECRET_FILE: path }
    const { forLibraries } = read(env, { files: { [path]: utf8("value\n") } })
    assert.strictEqual(forLibraries["AWS_SECRET_ACCESS_KEY"], "value")
    assert.notProperty(forLibraries, "JWT_SECRET")
  })

  it.effect("is refused when its file can't be read, is empty, or the variable is set too", () =>
    Effect.gen(function* () {
      const { JWT_SECRET, ...rest } = complete
      const env = {
        ...rest,
        JWT_SECRET_FILE: "/run/secrets/none",
        METRICS_TOKEN_FILE: path,
        REDIS_HOST_FILE: path
      }
      assert.deepStrictEqual(
        (yield* problemsOf(env, { files: { [path]: utf8(" \n") } })).toSorted(),
        [
          "JWT_SECRET_FILE can't be read",
          "METRICS_TOKEN_FILE names an empty file",
          "REDIS_HOST conflicts"
        ]
      )
    })
  )

  it("of the environment takes priority over the variable in .env, and the other way round", () => {
    const files = { [path]: utf8("from file") }
    const byFile = read({ REDIS_HOST_FILE: path }, { dotenv: utf8("REDIS_HOST=dotenv\n"), files })
    assert.strictEqual(byFile.variables["REDIS_HOST"], "from file")
    const byValue = read(
      { REDIS_HOST: "env" },
      { dotenv: utf8(`REDIS_HOST_FILE=${path}\n`), files }
    )
    assert.strictEqual(byValue.variables["REDIS_HOST"], "env")
    assert.strictEqual(byValue.problems.size, 0)
  })
})

describe("a .env file", () => {
  const bom = "\uFEFF"
  const lines = ["MONGO_URI=mongodb://db/orders", "# Redis", 'REDIS_HOST="redis" ', "PORT=5005"]
  const expected = { MONGO_URI: "mongodb://db/orders", REDIS_HOST: "redis", PORT: "5005" }

  it.each([
    ["as Unix writes it", utf8(`${lines.join("\n")}\n`)],
    ["with CR LF", utf8(`${lines.join("\r\n")}\r\n`)],
    ["with a byte order mark", utf8(`${bom}${lines.join("\n")}\n`)],
    [
      "with a byte order mark and CR LF, without an end of its last line",
      utf8(bom + lines.join("\r\n"))
    ],
    ["in UTF-16, as PowerShell 5 writes it", utf16(`${bom}${lines.join("\r\n")}\r\n`)]
  ])("%s has all of its variables", (_, dotenv) => {
    assert.deepStrictEqual(read({}, { dotenv }).variables, expected)
  })

  it("has lower priority than the environment, and is visible to libraries", () => {
    const dotenv = utf8("PORT=1\nHTTPS_PROXY=http://proxy:3128\n")
    const { variables, forLibraries } = read({ PORT: "2" }, { dotenv })
    assert.strictEqual(variables["PORT"], "2")
    assert.deepStrictEqual(forLibraries, { HTTPS_PROXY: "http://proxy:3128" })
  })
})

describe("what OpenTelemetry's variables say of traces", () => {
  it.effect("is decoded, and its secrets are redacted", () =>
    Effect.gen(function* () {
      const { traces } = yield* decoded({
        ...complete,
        OTEL_EXPORTER_OTLP_HEADERS: "api-key=a%20secret%3D, Authorization=Basic dXNlcjpwYXNz==,",
        OTEL_SERVICE_NAME: "shop-api",
        OTEL_RESOURCE_ATTRIBUTES:
          "deployment.environment.name=staging,team=orders%2Cmails,empty=,team=mails"
      })
      assert.notInclude(JSON.stringify(traces), "secret")
      assert.deepStrictEqual(Redacted.value(traces.headers), {
        "api-key": "a secret=",
        Authorization: "Basic dXNlcjpwYXNz=="
      })
      assert.strictEqual(traces.serviceName, "shop-api")
      assert.deepStrictEqual(traces.attributes, {
        "deployment.environment.name": "staging",
        team: "mails",
        empty: ""
      })
    })
  )

  it.effect("sets nothing when it is absent", () =>
    Effect.gen(function* () {
      const { traces } = yield* decoded(complete)
      assert.deepStrictEqual(Redacted.value(traces.headers), {})
      assert.isUndefined(traces.serviceName)
      assert.deepStrictEqual(traces.attributes, {})
    })
  )

  it.effect("is refused by name when it is malformed", () =>
    Effect.gen(function* () {
      for (const [name, value] of [
        ["OTEL_EXPORTER_OTLP_HEADERS", "api-key"],
        ["OTEL_EXPORTER_OTLP_HEADERS", "api-key=%"],
        ["OTEL_EXPORTER_OTLP_HEADERS", "api key=secret"],
        ["OTEL_EXPORTER_OTLP_HEADERS", "api-key="],
        ["OTEL_EXPORTER_OTLP_HEADERS", "api-key=two%0Alines"],
        ["OTEL_RESOURCE_ATTRIBUTES", "team"],
        ["OTEL_RESOURCE_ATTRIBUTES", "=orders"],
        ["OTEL_RESOURCE_ATTRIBUTES", "team=%E0%A4%A"]
      ] as const)
        assert.deepStrictEqual(
          yield* problemsOf({ ...complete, [name]: value }),
          [`${name} is malformed`],
          value
        )
    })
  )

  it("is not passed to child processes", () => {
    const path = "/run/secrets/headers"
    const { forLibraries } = read(
      { OTEL_EXPORTER_OTLP_HEADERS_FILE: path },
      { files: { [path]: utf8("api-key=secret\n") } }
    )
    assert.deepStrictEqual(forLibraries, {})
  })
})

it("traces have the version of package.json", () => {
  assert.strictEqual(version, JSON.parse(readFileSync("package.json", "utf8")).version)
})
