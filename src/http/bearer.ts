// Bearer tokens of requests (RFC 6750): only from the Authorization header. Other sites could send a cookie, and a
// query is logged.
import { constantTimeEqual } from "@oslojs/crypto/subtle"
import { Option } from "effect"

const bearer = /^Bearer +(\S+) *$/iu

export const bearerToken = (authorization: string | null | undefined): Option.Option<string> =>
  Option.fromNullishOr(authorization?.match(bearer)?.[1])

const encoder = new TextEncoder()

/**
 * Whether a request carries the metrics token. Without a configured token no request does. The time that
 * it takes tells nothing but the token's length.
 */
export const hasMetricsToken = (
  authorization: string | null | undefined,
  metricsToken: string | undefined
): boolean =>
  metricsToken !== undefined &&
  Option.exists(bearerToken(authorization), (token) =>
    constantTimeEqual(encoder.encode(token), encoder.encode(metricsToken))
  )

/** What a 401 of `/metrics` says. */
export const wantsMetricsToken =
  "The request needs the metrics token: `Authorization: Bearer <METRICS_TOKEN>`."
