// The console's cookies: the session, the token of a known device, and the filters that were saved in this browser. No
// script can read them, requests from other sites do not contain them, and they are sent unencrypted only to this
// machine itself. `__Host-` prevents other hosts of the domain from setting them, and requires the path `/`.
import { parse, serialize } from "hono/utils/cookie"
import { deviceTokenSeconds } from "../../services/accounts/model/Session.ts"
import type { ApiRequest } from "../ApiRequest.ts"

type CookieName = "session" | "device" | "filters"

/** Seconds that a browser keeps each; undefined: until it is closed. The session's token says itself how long it lives. */
const maxAge: { readonly [N in CookieName]: number | undefined } = {
  session: undefined,
  device: deviceTokenSeconds,
  filters: 365 * 24 * 3600
}

const localHost = /^(?:localhost|127\.0\.0\.1|\[::1\])$/u

/** Browsers keep no Secure cookie of a page that came over plain HTTP. */
const isLocal = ({ hono }: ApiRequest): boolean => {
  const { protocol, hostname } = new URL(hono.req.url)
  return protocol === "http:" && localHost.test(hostname)
}

const nameOf = (request: ApiRequest, name: CookieName): string =>
  isLocal(request) ? `console-${name}` : `__Host-console-${name}`

export const readCookie = (request: ApiRequest, name: CookieName): string | undefined => {
  const key = nameOf(request, name)
  return parse(request.header("Cookie") ?? "", key)[key]
}

const options = (request: ApiRequest, seconds: number | undefined) => ({
  path: "/" as const,
  secure: !isLocal(request),
  httpOnly: true,
  sameSite: "Strict" as const,
  ...(seconds === undefined ? {} : { maxAge: seconds })
})

/** Stores the cookie in the browser. */
export const keepCookie = (
  request: ApiRequest,
  response: Response,
  name: CookieName,
  value: string
): void => {
  const cookie = serialize(nameOf(request, name), value, options(request, maxAge[name]))
  response.headers.append("Set-Cookie", cookie)
}

/** Deletes the cookie in the browser. */
export const dropCookie = (request: ApiRequest, response: Response, name: CookieName): void =>
  response.headers.append("Set-Cookie", serialize(nameOf(request, name), "", options(request, 0)))

/**
 * Whether a form was sent by one of our own pages, as far as the browser tells. One that tells nothing is none, or an
 * old one: the form's key decides alone then.
 */
export const isFromHere = (request: ApiRequest): boolean => {
  const site = request.header("Sec-Fetch-Site")
  if (site !== undefined) return site === "same-origin"
  const origin = request.header("Origin")
  return origin === undefined || URL.parse(origin)?.host === new URL(request.hono.req.url).host
}
