// Quotas as the header fields of draft-ietf-httpapi-ratelimit-headers-10, which are structured fields
// (RFC 9651): lists of strings with parameters, so that one header tells several limits.
import type { Quota } from "../services/runtime/RateLimiter.ts"

/** The limit, and its rest. */
export const rateLimitHeaders = (
  policy: string,
  { limit, windowSeconds, remaining, resetSeconds }: Quota
) => ({
  "RateLimit-Policy": `"${policy}";q=${limit};w=${windowSeconds}`,
  RateLimit: `"${policy}";r=${remaining};t=${resetSeconds}`
})

/** The same for a refusal, with when to try again. */
export const refusalHeaders = (policy: string, quota: Quota) => ({
  ...rateLimitHeaders(policy, quota),
  "Retry-After": String(quota.resetSeconds)
})
