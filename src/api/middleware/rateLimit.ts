// The limit that holds for everything: per client address. What is left of it is in every answer.
import { RateLimiter } from "../../services/runtime/RateLimiter.ts"
import { rateLimitHeaders } from "../rateLimitHeaders.ts"
import { run } from "../run.ts"
import type { Guard } from "./guards.ts"

export const clientRateLimit: Guard = async (c) => {
  const client = c.get("client")
  const quota = await run(
    c,
    RateLimiter.use((limiter) => limiter.take("client", client))
  )
  if (quota instanceof Response) return quota
  c.set("common", { ...c.get("common"), ...rateLimitHeaders("client", quota) })
  return undefined
}
