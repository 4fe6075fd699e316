// A JSON client for tests. Bodies are untyped on purpose: assertions say what they must hold.
import { type Client, createClient, inMemory } from "../../src/entries/client.ts"

export interface JsonAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape.
  readonly body: any
}

/** The body of an answer of 2xx; throws for any other, of which `what` says what it answers. */
export function successOf(what: string, { status, text, body }: JsonAnswer): JsonAnswer["body"] {
  if (status >= 200 && status < 300) return body
  throw new Error(`${what}: ${status} ${text.slice(0, 500)}`)
}

export function makeClient(baseUrl: string, token?: string) {
  const call = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {}
  ): Promise<JsonAnswer> => {
    const response = await fetch(new URL(path, baseUrl), {
      method,
      headers: {
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...headers
      },
      ...(body !== undefined && { body: JSON.stringify(body) })
    })
    const text = await response.text()
    const json = response.headers.get("content-type")?.includes("json") === true
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: json ? JSON.parse(text) : null
    }
  }
  return {
    baseUrl,
    get: (path: string, headers?: Readonly<Record<string, string>>) =>
      call("GET", path, undefined, headers),
    post: (path: string, body?: unknown, headers?: Readonly<Record<string, string>>) =>
      call("POST", path, body, headers),
    put: (path: string, body?: unknown) => call("PUT", path, body)
  }
}

export type TestClient = ReturnType<typeof makeClient>

/** The client of the package, with the tokens of a login. */
export const shopAt = (
  url: string,
  tokens: { readonly accessToken: string; readonly refreshToken: string },
  fetch?: (request: Request) => Promise<Response>
): Client => {
  const kept = { tokens: { ...tokens, expiresAt: Number.POSITIVE_INFINITY } }
  return createClient({ url, store: inMemory(kept), fetch })
}
