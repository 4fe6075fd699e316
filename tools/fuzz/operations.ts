// The operations of a system as its OpenAPI document tells them, and a request to each that would be fine:
// what hostile ones are made from.
import { type Endpoint, type Parameter, resolveReference } from "../harness/openapi.ts"
import type { Request } from "./request.ts"

/** Who asks: the callers that an operation is for, and some that it is not for. */
export type Caller = "anonymous" | "user" | "admin" | "metrics"

/** What stands for a parameter or a field of this name, so that the system knows it. */
export type Known = Readonly<Record<string, unknown>>

export interface Operation {
  readonly id: string
  readonly method: string
  readonly template: string
  readonly caller: Caller
  readonly path: ReadonlyArray<string>
  readonly query: ReadonlyArray<Parameter>
  readonly headers: ReadonlyArray<string>
  /** A body that fits, before it is filled with what the system knows. */
  readonly example: object | undefined
}

interface Described {
  readonly requestBody?: {
    readonly content: Readonly<
      Record<string, { readonly example?: object; readonly schema: Schema }>
    >
  }
}

const callerOf = ({ operation: { security = [], responses } }: Endpoint): Caller => {
  if (security.some((scheme) => "metricsToken" in scheme)) return "metrics"
  if (!security.some((scheme) => "accessToken" in scheme)) return "anonymous"
  return "403" in responses ? "admin" : "user"
}

interface Schema {
  readonly $ref?: string
  readonly example?: unknown
  readonly enum?: ReadonlyArray<unknown>
  readonly properties?: Readonly<Record<string, Schema>>
}

/** Fields that the example may leave out, so that they are attacked too. */
const optionalFields = (document: object, schema: Schema): object => {
  const { properties = {} } = resolveReference<Schema>(document, schema)
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => {
      const { example, enum: choices = [] } = resolveReference<Schema>(document, property)
      return [name, example ?? choices[0] ?? "a"]
    })
  )
}

export function operationsIn(
  document: object,
  endpoints: ReadonlyArray<Endpoint>
): ReadonlyArray<Operation> {
  return endpoints.map((endpoint) => {
    const { parameters = [] } = endpoint.operation
    const { requestBody } = endpoint.operation as Described
    const named = (place: string) => parameters.filter((parameter) => parameter.in === place)
    const json = requestBody?.content["application/json"]
    return {
      id: endpoint.operation.operationId,
      method: endpoint.method,
      template: endpoint.template,
      caller: callerOf(endpoint),
      path: named("path").map(({ name }) => name),
      query: named("query"),
      headers: named("header").map(({ name }) => name),
      example: json && { ...optionalFields(document, json.schema), ...json.example }
    }
  })
}

/** The same with what is known in the place of what the document only makes up. */
const filled = (value: unknown, known: Known): unknown => {
  if (Array.isArray(value)) return value.map((item) => filled(item, known))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, known[key] ?? filled(inner, known)])
  )
}

/** What `{id}` names differs from operation to operation; its place in the path tells. */
const knownOf = (template: string, name: string, known: Known): string => {
  const before = template.split(`/{${name}}`)[0]?.split("/").at(-1) ?? ""
  return String(known[`${before}/${name}`] ?? known[name] ?? "a")
}

export const pathOf = ({ template, path }: Operation, known: Known): string =>
  path.reduce(
    (text, name) => text.replace(`{${name}}`, encodeURIComponent(knownOf(template, name, known))),
    template
  )

export const bodyOf = ({ example }: Operation, known: Known): unknown =>
  example === undefined ? undefined : filled(example, known)

export type Tokens = Readonly<Record<Caller, string | undefined>>

/** A request that the system would serve, if it were not changed. */
export function validRequest(
  operation: Operation,
  known: Known,
  token: string | undefined
): Request {
  const body = bodyOf(operation, known)
  return {
    method: operation.method,
    target: pathOf(operation, known),
    headers: [
      ...(token === undefined ? [] : [["Authorization", `Bearer ${token}`] as const]),
      ...(body === undefined ? [] : [["Content-Type", "application/json"] as const])
    ],
    ...(body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) })
  }
}
