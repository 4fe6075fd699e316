// Input that does not fit its schema is answered with every place where it does not, before a handler
// sees it.
import { zValidator } from "@hono/zod-validator"
import type { Context, MiddlewareHandler } from "hono"
import * as z from "zod"
import type { ApiContext, ApiEnvironment } from "./context.ts"
import type { FieldError } from "./contract/problems.ts"
import { problem } from "./problem.ts"
import { hasBody, readBody } from "./readBody.ts"

/** More would only repeat what is wrong. */
const maxErrors = 20

const targets = { json: "body", query: "query", param: "path", header: "header" } as const
type Target = keyof typeof targets

/** `body.items[0].quantity` */
const formatPath = (target: Target, path: ReadonlyArray<PropertyKey>): string =>
  path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : `${text}.${clip(String(key))}`),
    targets[target]
  )

/** What the client sent comes back shortened. */
const clip = (text: string): string => (text.length > 64 ? `${text.slice(0, 64)}…` : text)

/** What is read of Zod's error, which zod-validator types by its schema. */
interface SchemaError {
  readonly issues: ReadonlyArray<{
    readonly path: ReadonlyArray<PropertyKey>
    readonly message: string
    /** Of unknown fields: their names. */
    readonly keys?: ReadonlyArray<string>
  }>
}

const fieldErrors = (target: Target, error: SchemaError): Array<FieldError> =>
  error.issues
    .flatMap((issue) =>
      issue.keys !== undefined
        ? issue.keys.slice(0, maxErrors).map((key) => ({
            path: formatPath(target, [...issue.path, key]),
            message: "is not a known field"
          }))
        : [{ path: formatPath(target, issue.path), message: issue.message }]
    )
    .slice(0, maxErrors)

const refuse = (c: Context, target: Target, error: SchemaError): Response =>
  problem(c, "invalid_request", { extension: { errors: fieldErrors(target, error) } })

const hook = (
  result: { readonly target: Target } & (
    | { readonly success: true }
    | { readonly success: false; readonly error: SchemaError }
  ),
  c: Context
): Response | undefined => (result.success ? undefined : refuse(c, result.target, result.error))

/** Forms send every field that they have: `q=` says no more than its absence. */
const withoutEmpty = (query: unknown): unknown =>
  Object.fromEntries(Object.entries(query ?? {}).filter(([, value]) => value !== ""))

/** The query string, empty parameters left out; unknown parameters are refused as unknown fields are. */
export const validQuery = <T extends z.ZodObject>(schema: T) =>
  zValidator("query", z.preprocess(withoutEmpty, schema), hook)

/** The parameters of the path. */
export const validPath = <T extends z.ZodObject>(schema: T) => zValidator("param", schema, hook)

/** What a handler behind one of the following finds at `c.req.valid(…)`. */
interface Input<K extends Target, T extends z.ZodObject> {
  readonly in: { readonly [P in K]: z.input<T> }
  readonly out: { readonly [P in K]: z.output<T> }
}
type Validation<K extends Target, T extends z.ZodObject> = MiddlewareHandler<
  ApiEnvironment,
  string,
  Input<K, T>
>

/** Refuses what does not fit the schema, and puts the rest where the handler finds it. */
const check = (
  c: ApiContext,
  target: Target,
  schema: z.ZodObject,
  given: unknown
): Response | undefined => {
  const result = schema.safeParse(given)
  if (!result.success) return refuse(c, target, result.error)
  c.req.addValidatedData(target, result.data)
  return undefined
}

/** The headers that the schema names. Not by zod-validator, which copies all headers of a request for one of them. */
export const validHeaders = <T extends z.ZodObject>(schema: T): Validation<"header", T> => {
  const names = Object.keys(schema.shape)
  return async (c, next) => {
    const given = Object.fromEntries(names.map((name) => [name, c.req.header(name)]))
    return check(c, "header", schema, given) ?? next()
  }
}

/** The body: JSON that fits the schema. Not by zod-validator, which would read it whole: `readBody` has limits. */
export const validBody =
  <T extends z.ZodObject>(schema: T): Validation<"json", T> =>
  async (c, next) => {
    const body = await readBody(c)
    if ("refused" in body) return body.refused
    return check(c, "json", schema, body.json) ?? next()
  }

/** The same of a body that may be left out, which is then as one without fields. */
export const validOptionalBody =
  <T extends z.ZodObject>(schema: T): Validation<"json", T> =>
  async (c, next) => {
    const empty = {}
    const body = hasBody(c) ? await readBody(c, { empty }) : { json: empty }
    if ("refused" in body) return body.refused
    return check(c, "json", schema, body.json) ?? next()
  }
