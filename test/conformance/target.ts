// A system under test, seen from outside: a fetch, and what a person who set it up knows. Every answer
// is held against the system's own OpenAPI document.
import { assert } from "vitest"
import { type Answer, type Checker, checkerOf, mediaType } from "../../tools/harness/openapi.ts"

export interface Target {
  readonly fetch: (request: Request) => Promise<Response>
  /** Without a path. */
  readonly origin: string
  readonly admin: { readonly email: string; readonly password: string }
  /** Confirms an order and records its mail as sent, where no worker does. */
  readonly settle?: (orderId: string) => Promise<void>
  /** Its OpenAPI document, where another like it has made it; by default it is asked for it. */
  readonly document?: () => Promise<string>
}

export interface Call {
  readonly token?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly json?: unknown
  /** Sent as it is. */
  readonly body?: BodyInit
}

export interface Client extends Checker {
  readonly call: (method: string, path: string, call?: Call) => Promise<Answer>
}

const toRequest = (
  url: string,
  method: string,
  { token, headers, json, body = JSON.stringify(json) }: Call
): Request => {
  const init: RequestInit & { readonly duplex: "half" } = {
    method,
    headers: {
      ...(json === undefined ? {} : { "content-type": "application/json" }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers
    },
    duplex: "half"
  }
  return new Request(url, body === undefined ? init : { ...init, body })
}

/** What every answer owes. */
const checkHeaders = (path: string, { headers, text }: Answer): void => {
  const of = (name: string) => headers.get(name) ?? ""
  if (text !== "") {
    assert.match(of("content-type"), /^[a-z]+\/[a-z+.-]+/u, path)
    // JSON is UTF-8 by definition (RFC 8259); text has to say so.
    if (of("content-type").startsWith("text/"))
      assert.match(of("content-type"), /; charset=utf-8$/iu, path)
  }
  assert.match(of("x-request-id"), /^[A-Za-z0-9._-]{1,128}$/u, path)
  assert.strictEqual(of("x-content-type-options"), "nosniff", path)
  assert.match(of("content-security-policy"), /^default-src 'none'/u, path)
  // Scripts are files of this service.
  assert.notMatch(of("content-security-policy"), /script-src(?! 'self'(?:;|$))/u, path)
  assert.strictEqual(of("x-frame-options"), "DENY", path)
  assert.strictEqual(of("strict-transport-security"), "max-age=31536000", path)
  assert.match(of("cache-control"), /^(?:no-store|no-cache|private)/u, path)
  assert.strictEqual(of("server") + of("x-powered-by"), "", path)
  // A browser sends cookies along for every page that asks.
  assert.isNull(headers.get("set-cookie"), path)
}

export const documentOf = async ({
  fetch,
  origin
}: Pick<Target, "fetch" | "origin">): Promise<string> =>
  (await fetch(new Request(`${origin}/openapi.json`))).text()

export const connect = async (target: Target): Promise<Client> => {
  const { fetch, origin, document = () => documentOf(target) } = target
  const checker = checkerOf(await document())
  return {
    ...checker,
    call: async (method, path, call = {}) => {
      const response = await fetch(toRequest(`${origin}${path}`, method, call))
      const { status, headers } = response
      const text = await response.text()
      const isJson = mediaType(headers).endsWith("json") && text !== ""
      const answer = { status, headers, text, json: isJson ? JSON.parse(text) : null }
      checkHeaders(path, answer)
      checker.check(method, path, answer)
      return answer
    }
  }
}
