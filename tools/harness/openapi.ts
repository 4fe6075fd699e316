// Holds answers against the OpenAPI document that the system serves: an answer that is not declared
// there, or does not fit its declaration, is an error.
import { Ajv2020 } from "ajv/dist/2020.js"
import formats from "ajv-formats"
import { eventsIn } from "./events.ts"

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: assertions look into answers of any shape.
  readonly json: any
}

interface DeclaredResponse {
  readonly headers?: Readonly<Record<string, { readonly $ref?: string }>>
  readonly content?: Readonly<Record<string, { readonly schema: ProblemSchema }>>
}

interface ProblemSchema {
  readonly $ref?: string
  readonly anyOf?: ReadonlyArray<ProblemSchema>
  readonly properties?: { readonly code?: { readonly const: string } }
}

interface DeclaredHeader {
  readonly required?: boolean
  readonly schema?: object
}

export interface Parameter {
  readonly in: string
  readonly name: string
  readonly schema: { readonly example?: unknown }
}

export interface DeclaredOperation {
  readonly operationId: string
  readonly parameters?: ReadonlyArray<Parameter>
  readonly security?: ReadonlyArray<Readonly<Record<string, unknown>>>
  readonly requestBody?: unknown
  readonly responses: Readonly<Record<string, DeclaredResponse>>
}

export interface Endpoint {
  readonly method: string
  readonly template: string
  readonly operation: DeclaredOperation
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DeclaredOperation>>>>
}

export interface Checker {
  readonly endpoints: ReadonlyArray<Endpoint>
  /** `operationId status code` of every answer so far. */
  readonly seen: ReadonlySet<string>
  /** The same of every answer that the document declares. */
  readonly declared: ReadonlyArray<string>
  /** Throws where the answer is not what the document says. */
  readonly check: (method: string, path: string, answer: Answer) => void
}

export const mediaType = (headers: Headers): string =>
  headers.get("content-type")?.split(";")[0] ?? ""

const pointer = (...keys: ReadonlyArray<string>): string =>
  keys
    .map((key) => `/${encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"))}`)
    .join("")

const patternOf = (template: string) =>
  new RegExp(`^${template.replace(/[.]/gu, "\\.").replace(/\{\w+\}/gu, "[^/]+")}$`, "u")

class Undeclared extends Error {
  override readonly name = "Undeclared"
}

const insist = (holds: boolean, why: string): void => {
  if (!holds) throw new Undeclared(why)
}

/** What a node stands for, where it is a reference into the document. */
export const resolveReference = <A extends object>(
  document: object,
  node: A & { readonly $ref?: string }
): A =>
  node.$ref === undefined
    ? node
    : (node.$ref
        .slice(2)
        .split("/")
        // biome-ignore lint/suspicious/noExplicitAny: a pointer leads through nodes of any shape.
        .reduce<any>((value, key) => value[key], document) as A)

const limitHeaders = ["retry-after", "ratelimit", "ratelimit-policy"]

/** What holds for every answer, declared or not. */
const checkCommon = (method: string, { status, headers, json }: Answer): void => {
  insist(headers.has("x-request-id"), "has no X-Request-Id")
  insist(headers.get("x-content-type-options") === "nosniff", "may be sniffed")
  if (status < 400 || method === "HEAD") return
  insist(mediaType(headers) === "application/problem+json", "is not a problem document")
  insist(json.instance === headers.get("x-request-id"), "does not name its request")
  insist(json.status === status, "is a problem with another status")
  if (json.code === "rate_limited")
    for (const name of limitHeaders) insist(headers.has(name), `lacks the header ${name}`)
}

const validatorOf = (document: Document): Ajv2020 => {
  const ajv = new Ajv2020({ strict: true, allErrors: true, code: { optimize: false } })
  formats.default(ajv)
  // OpenAPI's own, in addition to JSON Schema's: those of the document, and of its schemas.
  ajv.addVocabulary([...Object.keys(document), "example"])
  ajv.addSchema(document, "openapi")
  return ajv
}

/** A checker but for what it has seen, which is told to `note`. */
interface Rules extends Pick<Checker, "endpoints" | "declared"> {
  readonly check: (
    method: string,
    path: string,
    answer: Answer,
    note: (seen: string) => void
  ) => void
}

const rulesOf = (text: string): Rules => {
  const document: Document = JSON.parse(text)
  const ajv = validatorOf(document)

  const deref = <A extends object>(node: A & { readonly $ref?: string }): A =>
    resolveReference<A>(document, node)

  const endpoints: ReadonlyArray<Endpoint> = Object.entries(document.paths).flatMap(
    ([template, item]) =>
      Object.entries(item).map(([method, operation]) => ({
        method: method.toUpperCase(),
        template,
        operation
      }))
  )
  // A literal path comes before one with a parameter in its place.
  const byPrecedence = endpoints
    .map((endpoint) => ({ ...endpoint, pattern: patternOf(endpoint.template) }))
    .toSorted((a, b) => a.template.split("{").length - b.template.split("{").length)

  const checkHeaders = (declared: DeclaredResponse, { headers }: Answer): void => {
    for (const [name, node] of Object.entries(declared.headers ?? {})) {
      const value = headers.get(name)
      const { required, schema } = deref<DeclaredHeader>(node)
      insist(value !== null || required !== true, `lacks the header ${name}`)
      if (value !== null && schema !== undefined)
        insist(ajv.validate(schema, value), `has a header ${name} that does not fit`)
    }
  }

  const checkBody = (
    { method, template }: Endpoint,
    declared: DeclaredResponse,
    { status, headers, text, json }: Answer
  ): void => {
    if (declared.content === undefined) {
      insist(text === "", "has a body that is not declared")
      return
    }
    const type = mediaType(headers)
    insist(declared.content[type] !== undefined, `has the undeclared type ${type}`)
    const keys = ["paths", template, method.toLowerCase(), "responses", String(status)]
    const validate = ajv.getSchema(`openapi#${pointer(...keys, "content", type, "schema")}`)
    for (const value of type === "text/event-stream"
      ? eventsIn(text)
      : [type.endsWith("json") ? json : text])
      insist(
        validate?.(value) === true,
        `does not fit its schema: ${ajv.errorsText(validate?.errors)}`
      )
  }

  const checkLackedMethod = (method: string, { status, headers }: Answer): void => {
    // What did not arrive whole, or is too much, is refused before its method is looked at.
    if ([408, 429, 431, 503].includes(status)) return
    const expected = method === "OPTIONS" ? 204 : 405
    insist(status === expected, `is not ${expected} for a method that the path lacks`)
    insist(headers.has("allow"), "does not say which methods are allowed")
  }

  const checkDeclared = (
    method: string,
    path: string,
    answer: Answer,
    note: (seen: string) => void
  ): void => {
    const pathname = path.split("?")[0] ?? ""
    const onPath = byPrecedence.filter(({ pattern }) => pattern.test(pathname))
    const [first] = onPath
    if (first === undefined) return
    const effective = method === "HEAD" ? "GET" : method
    const endpoint = onPath.find(
      (candidate) => candidate.template === first.template && candidate.method === effective
    )
    if (endpoint === undefined) {
      checkLackedMethod(method, answer)
      return
    }
    const { operationId, responses } = endpoint.operation
    const declared = responses[String(answer.status)]
    if (declared === undefined) throw new Undeclared("is not declared")
    note(`${operationId} ${answer.status} ${answer.json?.code ?? ""}`.trim())
    checkHeaders(declared, answer)
    if (method !== "HEAD") checkBody(endpoint, declared, answer)
  }

  const codesOf = ({ content }: DeclaredResponse): ReadonlyArray<string> => {
    const schema = content?.["application/problem+json"]?.schema
    if (schema === undefined) return []
    const codes = (schema.anyOf ?? [schema]).map((member) => deref(member).properties?.code?.const)
    return [...new Set(codes.filter((code) => code !== undefined))]
  }

  return {
    endpoints,
    declared: endpoints.flatMap(({ operation: { operationId, responses } }) =>
      Object.entries(responses).flatMap(([status, response]) => {
        const codes = codesOf(response)
        return (codes.length === 0 ? [""] : codes).map((code) =>
          `${operationId} ${status} ${code}`.trim()
        )
      })
    ),
    check: (method, path, answer, note) => {
      try {
        checkCommon(method, answer)
        checkDeclared(method, path, answer, note)
      } catch (cause) {
        const what = `${method} ${path}: ${answer.status}`
        throw new Error(`${what} ${String(cause)}\n${answer.text.slice(0, 2000)}`, { cause })
      }
    }
  }
}

/** By the text of their documents: the many systems of a test run have two or three, and a schema is compiled once. */
const rules = new Map<string, Rules>()

/** Of a document as it was served. */
export const checkerOf = (text: string): Checker => {
  const known = rules.get(text) ?? rulesOf(text)
  rules.set(text, known)
  const seen = new Set<string>()
  return {
    ...known,
    seen,
    check: (method, path, answer) => known.check(method, path, answer, (what) => seen.add(what))
  }
}
