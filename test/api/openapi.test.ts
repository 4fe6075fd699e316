// Nothing is served that the OpenAPI document does not tell, but for its own pages.
import { Ajv2020 } from "ajv/dist/2020.js"
import formats from "ajv-formats"
import { assert, describe, it } from "vitest"
import type * as z from "zod"
import type { Operation } from "../../src/api/contract/operation.ts"
import { exampleOf } from "../../src/api/examples.ts"
import { openApiDocument, operationsOf, problemName, templatePath } from "../../src/api/openapi.ts"
import type { ProblemCode } from "../../src/http/problems.ts"
import { embedded } from "../conformance/embedded.ts"
import { connect } from "../conformance/target.ts"

/** What is served for people and is no operation: anyone may see it. */
const pages: ReadonlyArray<string> = [
  "/",
  "/docs",
  "/docs/plain",
  "/docs/errors",
  "/docs/errors/:code",
  "/docs/style.css",
  "/docs/reference.js",
  "/dev/mailbox",
  "/dev/mailbox.js",
  "/dev/mailbox/:id"
]

/** Guarded in another way: test/conformance/console.test.ts. */
const isOfConsole = (path: string): boolean => path.startsWith("/console")

it("declares every route, and no other", async () => {
  await using system = await embedded()
  const served = system.app.routes.flatMap(({ method, path }) =>
    method === "ALL" || isOfConsole(path) ? [] : [`${method} ${path}`]
  )
  const declared = operationsOf({ mailbox: true, openMetrics: false }).map(
    ({ method, path }) => `${method.toUpperCase()} ${path}`
  )
  assert.deepStrictEqual(
    [...new Set(served)].toSorted(),
    [...declared, ...pages.map((path) => `GET ${path}`)].toSorted()
  )
})

it("has examples that the API accepts", async () => {
  await using system = await embedded()
  const { endpoints } = await connect(system)
  const operations: ReadonlyArray<Operation> = operationsOf({ mailbox: true, openMetrics: true })
  const verdicts = endpoints.flatMap(({ operation: { operationId, parameters = [] } }) => {
    const { params, query, headers, body, example } =
      operations.find(({ id }) => id === operationId) ?? {}
    const fields = { ...params?.shape, ...query?.shape, ...headers?.shape }
    const given = parameters.map(
      ({ name, schema }) => [name, fields[name], schema.example] as const
    )
    return [...given, ["the body", body, example] as const]
      .filter(([, , value]) => value !== undefined)
      .map(([name, schema, value]) => [`${operationId} ${name}`, schema?.safeParse(value).success])
  })
  assert.isAbove(verdicts.length, 20)
  assert.deepStrictEqual(
    verdicts.filter(([, accepted]) => accepted !== true),
    []
  )
})

describe("the document's examples", () => {
  const document = openApiDocument(operationsOf({ mailbox: true, openMetrics: false }))
  const ajv = new Ajv2020({ strict: false })
  formats.default(ajv)
  ajv.addSchema(document, "openapi")

  interface Media {
    readonly schema?: { readonly $ref?: string; readonly anyOf?: ReadonlyArray<object> }
    readonly example?: unknown
    readonly examples?: Readonly<Record<string, { readonly $ref: string }>>
  }

  /** Every body of a request or an answer, by where it stands. */
  const bodies = operationsOf({ mailbox: true, openMetrics: false }).flatMap(({ path, method }) => {
    const keys = ["paths", templatePath(path), method]
    // biome-ignore lint/suspicious/noExplicitAny: a look into a document of many shapes.
    const { requestBody, responses = {} }: any =
      document.paths?.[templatePath(path)]?.[method] ?? {}
    const parts = [
      ...(requestBody === undefined ? [] : [[["requestBody"], requestBody] as const]),
      ...Object.entries(responses).map(
        ([status, response]) => [["responses", status], response] as const
      )
    ]
    return parts.flatMap(([at, { content = {} }]) =>
      Object.entries(content as Readonly<Record<string, Media>>).map(([type, media]) => ({
        keys: [...keys, ...at, "content", type, "schema"],
        media
      }))
    )
  })

  const pointer = (keys: ReadonlyArray<string>) =>
    keys.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("")

  const valuesOf = ({ example, examples = {} }: Media): ReadonlyArray<unknown> => {
    const shared = Object.values(examples).map(({ $ref }) => {
      const found = document.components?.examples?.[$ref.split("/").at(-1) ?? ""]
      return found !== undefined && "value" in found ? found.value : undefined
    })
    return example === undefined ? shared : [example, ...shared]
  }

  it("exist for every body and every problem, and match the schema", () => {
    assert.isAbove(bodies.length, 200)
    for (const { keys, media } of bodies) {
      const at = pointer(keys)
      const validate = ajv.getSchema(`openapi#${at.replaceAll("{", "%7B").replaceAll("}", "%7D")}`)
      assert(validate !== undefined, at)
      const values = valuesOf(media)
      assert.lengthOf(values, media.schema?.anyOf?.length ?? 1, at)
      for (const value of values)
        assert.isTrue(validate(value), `${at}: ${ajv.errorsText(validate.errors)}`)
    }
  })

  it("of problems are all used, and each has the code in its name", () => {
    const used = new Set(bodies.flatMap(({ media }) => Object.keys(media.examples ?? {})))
    const shared = Object.entries(document.components?.examples ?? {})
    assert.sameMembers(
      [...used],
      shared.map(([name]) => name)
    )
    for (const [name, example] of shared) {
      assert("value" in example)
      const { code } = example.value as { readonly code: ProblemCode }
      assert.include([problemName(code), "NotReadyProblem"], name)
    }
  })

  it("are required: a field without one is reported by name", () => {
    const schema = { properties: { a: { type: "string", example: "a" }, b: { type: "string" } } }
    assert.throws(() => exampleOf(document, schema, "here"), "here.b has no example")
  })
})

describe("the document refuses what the API refuses", () => {
  const operations: ReadonlyArray<Operation> = operationsOf({ mailbox: true, openMetrics: true })
  const ajv = new Ajv2020({ strict: false })
  formats.default(ajv)
  ajv.addSchema(openApiDocument(operations), "openapi")
  const password = "correct horse battery"

  it.each([
    ["adjustStock", "no piece", { delta: 0, reason: "a" }, { delta: -1, reason: "a" }],
    ["failOrder", "a control character", { reason: "a\u0085b" }, { reason: "aéb" }],
    [
      "login",
      "65 characters before the @",
      { email: `${"a".repeat(65)}@example.com`, password },
      { email: `${"a".repeat(64)}@example.com`, password }
    ],
    [
      "login",
      "a label that ends with a hyphen",
      { email: "a@b-.example", password },
      { email: "a@b-c.example", password }
    ],
    [
      "login",
      "a label of 64 characters",
      { email: `a@${"b".repeat(64)}.example`, password },
      { email: `a@${"b".repeat(63)}.example`, password }
    ],
    [
      "login",
      "two dots in a row",
      { email: "a..b@example.com", password },
      { email: "a.b!#$%&'*+/=?^_`{|}~-@example.com", password }
    ],
    [
      "login",
      "a top-level domain that ends with a hyphen",
      { email: "a@example.xn--p1ai-", password },
      { email: "a@xn--e1afmkfd.xn--p1ai", password }
    ],
    ["login", "no address", { email: "a@b", password }, { email: "a@b.example", password }]
  ])("in the body of %s: %s", (operationId, _, wrong, right) => {
    const operation = operations.find(({ id }) => id === operationId)
    const { method = "get", path = "" } = operation ?? {}
    const pointer = templatePath(path).replaceAll("/", "~1")
    const place = `#/paths/${pointer}/${method}/requestBody/content/application~1json/schema`
    const validate = ajv.getSchema(`openapi${place}`)
    const accepted = (body: unknown) => [operation?.body?.safeParse(body).success, validate?.(body)]
    assert.deepStrictEqual(accepted(right), [true, true])
    assert.deepStrictEqual(accepted(wrong), [false, false])
  })
})

describe("what may be left out", () => {
  const operations: ReadonlyArray<Operation> = operationsOf({ mailbox: true, openMetrics: true })
  const { paths = {} } = openApiDocument(operations)

  it("may be null in a body, as the document says", () => {
    const bodies = operations.flatMap(({ id, body }) => (body === undefined ? [] : [{ id, body }]))
    const optional = bodies.flatMap(({ id, body }) =>
      Object.entries(body.shape)
        .map(([name, field]) => [`${id}.${name}`, field as z.ZodType] as const)
        .filter(([, field]) => field.safeParse(undefined).success)
        .map(([field, schema]) => ({ field, takesNull: schema.safeParse(null).success }))
    )
    // Without `ids` all dead letters are meant, and null may be a list that was lost. Of a product and of a user null takes
    // away what they need not have.
    assert.deepStrictEqual(optional, [
      { field: "register.name", takesNull: true },
      { field: "register.locale", takesNull: true },
      { field: "changeProfile.name", takesNull: true },
      { field: "changeProfile.locale", takesNull: true },
      { field: "forgotPassword.channel", takesNull: true },
      ...["description", "picture", "category"].map((name) => ({
        field: `putProduct.${name}`,
        takesNull: true
      })),
      { field: "putProduct.active", takesNull: false },
      { field: "putProduct.reason", takesNull: true },
      ...["name", "unitPrice", "currency"].map((name) => ({
        field: `changeProduct.${name}`,
        takesNull: false
      })),
      ...["description", "picture", "category"].map((name) => ({
        field: `changeProduct.${name}`,
        takesNull: true
      })),
      { field: "changeProduct.active", takesNull: false },
      { field: "changeProduct.reason", takesNull: true },
      { field: "cancelOrder.reason", takesNull: true },
      { field: "redriveDeadLetters.ids", takesNull: false },
      { field: "redriveDeadLetters.reason", takesNull: true },
      { field: "dropDeadLetters.ids", takesNull: false },
      { field: "dropDeadLetters.reason", takesNull: true },
      { field: "fulfilOrder.reason", takesNull: true },
      { field: "resendConfirmation.reason", takesNull: true }
    ])
  })

  it("may be empty in a query, as the document says", () => {
    const parameters = operations
      .filter(({ query }) => query !== undefined)
      .flatMap(({ path, method }) => paths[templatePath(path)]?.[method]?.parameters ?? [])
      .filter((parameter) => "in" in parameter && parameter.in === "query")
    assert.isAbove(parameters.length, 8)
    for (const parameter of parameters) assert.propertyVal(parameter, "allowEmptyValue", true)
  })
})

describe("the document says of /metrics", () => {
  const token = "token-of-metrics"
  it.each([
    ["open in development", { dev: true, metricsToken: undefined }, undefined, 200],
    ["behind its token in development", { dev: true, metricsToken: token }, token, 200],
    ["behind its token", { dev: false, metricsToken: token }, token, 200],
    ["closed where there is none", { dev: false, metricsToken: undefined }, token, 401]
  ])("what the endpoint does: %s", async (_, app, given, withToken) => {
    await using system = await embedded({ app })
    const { call, endpoints } = await connect(system)
    const metrics = endpoints.find(({ template }) => template === "/metrics")
    const open = app.dev && app.metricsToken === undefined
    assert.deepStrictEqual(metrics?.operation.security, open ? [] : [{ metricsToken: [] }])
    assert.strictEqual("401" in (metrics?.operation.responses ?? {}), !open)
    assert.strictEqual((await call("GET", "/metrics")).status, open ? 200 : 401)
    assert.strictEqual((await call("GET", "/metrics", { token: given })).status, withToken)
  })
})
