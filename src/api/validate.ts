// Validates input before a handler runs. Invalid input is answered with every place that does not match the schema.
import { zValidator } from "@hono/zod-validator"
import { Effect } from "effect"
import type { Context } from "hono"
import * as z from "zod"
import type { ApiRequest } from "./ApiRequest.ts"
import type { Operation } from "./contract/operation.ts"
import type { FieldError } from "./contract/problems.ts"
import { type BodyOptions, readBody } from "./readBody.ts"

/** More would only repeat the errors. */
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

const refuse = (request: ApiRequest, target: Target, error: SchemaError): Response =>
  request.problem("invalid_request", { extension: { errors: fieldErrors(target, error) } })

/** Forms send every field that they have: `q=` says no more than its absence. */
const withoutEmpty = (query: unknown): unknown =>
  Object.fromEntries(Object.entries(query ?? {}).filter(([, value]) => value !== ""))

type OutputOf<S> = S extends z.ZodType ? z.output<S> : undefined

/** The checked input of a program, as its operation declares. */
export interface Input<O extends Partial<Operation>> {
  readonly params: OutputOf<O["params"]>
  readonly headers: OutputOf<O["headers"]>
  readonly query: OutputOf<O["query"]>
  readonly body: OutputOf<O["body"]>
}

const next = async (): Promise<void> => undefined

/** The query string, empty parameters left out; unknown parameters are refused as unknown fields are. */
const queryCheck = (schema: z.ZodObject) => {
  const validate = zValidator("query", z.preprocess(withoutEmpty, schema), (result, c: Context) => {
    const request: ApiRequest = c.get("request")
    return result.success ? undefined : refuse(request, "query", result.error)
  })
  return async ({ hono }: ApiRequest): Promise<unknown> => {
    const context: Context = hono
    // Hono types what is valid by the route that a validator is given to.
    return (await validate(context, next)) ?? hono.req.valid("query" as never)
  }
}

/** As zod-validator does, which takes all headers there are apart for any. */
const namedCheck = (
  target: "param" | "header",
  schema: z.ZodObject,
  read: (request: ApiRequest, name: string) => string | undefined
) => {
  const names = Object.keys(schema.shape)
  return (request: ApiRequest): unknown => {
    const given: Record<string, string | undefined> = {}
    for (const name of names) given[name] = read(request, name)
    return check(request, target, schema, given)
  }
}

/** The valid input, or the Response that refuses it. */
const check = (
  request: ApiRequest,
  target: Target,
  schema: z.ZodObject,
  given: unknown
): unknown => {
  const result = schema.safeParse(given)
  return result.success ? result.data : refuse(request, target, result.error)
}

/** One part of the input, or the Response that refuses the request. */
type Part = readonly [
  name: keyof Input<Operation>,
  read: (request: ApiRequest, signal: AbortSignal) => unknown
]

/**
 * Reads what an operation declares: path, headers, query, body. The first that does not fit is the Response that
 * refuses the request.
 */
export const inputOf = <O extends Operation>(
  operation: O,
  options: BodyOptions
): ((request: ApiRequest) => Effect.Effect<Input<O> | Response>) => {
  const { params, headers, query, body, bodyIsOptional = false }: Operation = operation
  const plain: Array<readonly [name: keyof Input<O>, read: (request: ApiRequest) => unknown]> = []
  const waiting: Array<Part> = []
  if (params !== undefined)
    plain.push(["params", namedCheck("param", params, ({ hono }, name) => hono.req.param(name))])
  if (headers !== undefined)
    plain.push(["headers", namedCheck("header", headers, (request, name) => request.header(name))])
  if (query !== undefined) waiting.push(["query", queryCheck(query)])
  if (body !== undefined)
    waiting.push([
      "body",
      async (request, signal) => {
        const read = await readBody(request, { ...options, isOptional: bodyIsOptional, signal })
        return "refused" in read ? read.refused : check(request, "json", body, read.json)
      }
    ])
  return (request) =>
    Effect.suspend(() => {
      const input: Partial<Record<keyof Input<O>, unknown>> = {}
      // Each part is what its schema has made of it, which the compiler can't follow here.
      const whole = input as Input<O>
      for (const [name, read] of plain) {
        const value = read(request)
        if (value instanceof Response) return Effect.succeed(value)
        input[name] = value
      }
      if (waiting.length === 0) return Effect.succeed(whole)
      return Effect.promise(async (signal) => {
        for (const [name, read] of waiting) {
          const value = await read(request, signal)
          if (value instanceof Response) return value
          input[name] = value
        }
        return whole
      })
    })
}
