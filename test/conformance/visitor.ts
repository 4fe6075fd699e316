// A visitor who uses the console without a script: follows links, sends forms, and keeps cookies as a browser does.
import { assert } from "vitest"
import type { Target } from "./target.ts"

export interface Seen {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Where a redirection leads; empty without one. */
  readonly location: string
}

export interface Visitor {
  readonly get: (path: string, headers?: Readonly<Record<string, string>>) => Promise<Seen>
  /** Sends a form with the key of the page that was seen last. */
  readonly post: (
    path: string,
    fields: Readonly<Record<string, string>> | FormData,
    headers?: Readonly<Record<string, string>>
  ) => Promise<Seen>
  /** As Set-Cookie told them, by their names. */
  readonly cookies: ReadonlyMap<string, string>
  /** As it sends them. */
  readonly cookie: () => string
  readonly forget: (name: RegExp) => void
}

/** What every page and every answer of the console owes. */
const check = (path: string, { headers, text }: Seen): void => {
  assert.strictEqual(headers.get("x-content-type-options"), "nosniff", path)
  const policy = headers.get("content-security-policy") ?? ""
  assert.match(policy, /^default-src 'none'/u, path)
  // Scripts are files of this service.
  assert.notMatch(policy, /script-src(?! 'self'(?:;|$))/u, path)
  assert.strictEqual(headers.get("x-frame-options"), "DENY", path)
  if (!(headers.get("content-type") ?? "").startsWith("text/html")) return
  assert.strictEqual(headers.get("cache-control"), "no-store", path)
  // What stands in quotes is text.
  assert.notMatch(text, /<[^<>"]*(?:"[^"]*"[^<>"]*)*\s(?:on[a-z]+|style)=/u, path)
  assert.notMatch(text, /<style|<script(?! src="\/console\/files\/)/u, path)
  assert.notMatch(text, /<[^<>]*\s(?:href|src|action)="(?!\/|#|data:,")/u, path)
}

export const visitor = ({ fetch, origin }: Target): Visitor => {
  const cookies = new Map<string, string>()
  let key = ""

  const cookie = () =>
    Array.from(cookies, ([name, value]) => `${name}=${value.split(";")[0]}`).join("; ")

  const send = async (path: string, init: RequestInit): Promise<Seen> => {
    const headers = { ...init.headers, ...(cookies.size > 0 ? { cookie: cookie() } : {}) }
    const request = new Request(`${origin}${path}`, { ...init, headers, redirect: "manual" })
    const response = await fetch(request)
    for (const set of response.headers.getSetCookie()) {
      const at = set.indexOf("=")
      if (/;\s*Max-Age=0/iu.test(set)) cookies.delete(set.slice(0, at))
      else cookies.set(set.slice(0, at), set.slice(at + 1))
    }
    const text = await response.text()
    const seen = {
      status: response.status,
      headers: response.headers,
      text,
      location: response.headers.get("location") ?? ""
    }
    check(path, seen)
    key = text.match(/name="key" value="([0-9a-f]{32})"/u)?.[1] ?? key
    return seen
  }

  return {
    cookies,
    cookie,
    forget: (name) => {
      for (const known of cookies.keys()) if (name.test(known)) cookies.delete(known)
    },
    get: (path, headers = {}) => send(path, { method: "GET", headers }),
    post: (path, fields, headers = {}) => {
      const body = fields instanceof FormData ? fields : new URLSearchParams({ key, ...fields })
      if (body instanceof FormData && !body.has("key")) body.set("key", key)
      return send(path, { method: "POST", body, headers })
    }
  }
}

/** Logged in, with the key of the overview. */
export const loggedIn = async (
  target: Target,
  person: { readonly email: string; readonly password: string }
): Promise<Visitor> => {
  const one = visitor(target)
  const { email, password } = person
  const answer = await one.post("/console/login", { email, password })
  assert.deepStrictEqual([answer.status, answer.location], [303, "/console"], answer.text)
  assert.strictEqual((await one.get("/console")).status, 200)
  return one
}
