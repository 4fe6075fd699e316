// RateLimiter on Redis by rate-limiter-flexible: one count for all processes. Uses of one subject in one turn of the
// event loop share a call, and get the results that they would get in sequence. While Redis is away each process counts
// alone, in memory, from zero.
import { hash } from "node:crypto"
import { Effect, Layer, Record } from "effect"
import { RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible"
import {
  quotaOf,
  RateLimiter,
  type RateRuleName,
  rateRules,
  scaledRule
} from "../../services/runtime/RateLimiter.ts"
import { refuseUse } from "../../services/runtime/refuseUse.ts"
import { makeMemoryRateLimiter } from "../memory/MemoryRateLimiter.ts"
import { askTogether } from "./askTogether.ts"
import type { Connection } from "./connection.ts"
import { RedisClient } from "./RedisClient.ts"

/**
 * In place of the library's own script, which counts refused uses too and goes below zero: uses that were
 * refused while others were under way would outlast what those give back, and a use that is given back
 * after its window has ended would allow one more in the next. Points (negative: given back; none: only
 * looked at), seconds, limit and the library's duration come in; the count as if none were refused, and the rest of
 * the window in milliseconds go out. Points may name their window by the milliseconds that are left of it. -1 goes out,
 * and nothing is counted, once that window has ended; the next one ends about a window later, so half of one tells them
 * apart.
 */
export const countUses = `
local points, seconds, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local named = tonumber(ARGV[5])
local left = redis.call('PTTL', KEYS[1])
if named and (left <= 0 or left > named + seconds * 500) then return { -1, left } end
local used = left > 0 and tonumber(redis.call('GET', KEYS[1])) or 0
if points < 0 then
  if used + points > 0 then return { redis.call('INCRBY', KEYS[1], points), left } end
  redis.call('DEL', KEYS[1])
  return { 0, 0 }
end
if points == 0 then return { used, left } end
local counted = math.min(points, math.max(limit - used, 0))
if left > 0 then
  if counted > 0 then redis.call('INCRBY', KEYS[1], counted) end
  return { used + points, left }
end
redis.call('SET', KEYS[1], counted, 'EX', seconds)
return { points, seconds * 1000 }
`

/**
 * Subjects are mail addresses, phone numbers, clients' addresses and ids. Hashed, they cannot be read
 * from a dump, the slow log or MONITOR of Redis (a known address can still be looked up), and a key is short
 * however long a client's text is.
 */
export const digest = (subject: string): string => hash("sha256", subject, "base64url").slice(0, 22)

/** Of the keys of a rule: a subject's digest follows, after a colon. */
export const prefixOf = (keyPrefix: string, rule: RateRuleName): string =>
  `${keyPrefix}rate:${rule}`

/** The library rejects with a refusal as with an error, and only the latter is a failure of Redis. */
const orRefusal = (use: Promise<RateLimiterRes>): Promise<RateLimiterRes> =>
  use.catch((reason: unknown) => {
    if (reason instanceof RateLimiterRes) return reason
    throw reason
  })

/** `keyPrefix` keeps deployments on one Redis apart; `factor` multiplies every limit. */
export const layer = ({
  keyPrefix,
  factor
}: {
  readonly keyPrefix: string
  readonly factor: number
}): Layer.Layer<RateLimiter, never, RedisClient> =>
  Layer.effect(
    RateLimiter,
    Effect.gen(function* () {
      const redis = yield* RedisClient
      const alone = makeMemoryRateLimiter({ factor })

      const scaledRules = Record.map(rateRules, (_, rule) => scaledRule(rule, factor))

      const open = (client: Connection, rule: RateRuleName) => {
        const { limit, windowSeconds } = scaledRules[rule]
        return new RateLimiterRedis({
          storeClient: client,
          keyPrefix: prefixOf(keyPrefix, rule),
          points: limit,
          duration: windowSeconds,
          customIncrTtlLuaScript: countUses
        })
      }
      const limiters = redis.lend((client) =>
        Record.map(rateRules, (_, rule) => open(client, rule))
      )
      const asks = Record.map(limiters, (limiter) =>
        askTogether((subject, times) => orRefusal(limiter.consume(subject, times)))
      )
      const looks = Record.map(limiters, (limiter) =>
        askTogether((subject) => orRefusal(limiter.consume(subject, 0)))
      )

      return RateLimiter.of({
        take: (rule, subject) =>
          Effect.matchEffect(
            redis.use(() => asks[rule](digest(subject))),
            {
              onFailure: () => alone.take(rule, subject),
              onSuccess: ({ place, times, answer: { consumedPoints, msBeforeNext } }) => {
                const scaled = scaledRules[rule]
                const count = consumedPoints - times + place
                const quota = quotaOf(scaled, count, msBeforeNext)
                return count <= scaled.limit ? Effect.succeed(quota) : refuseUse(rule, quota)
              }
            }
          ),
        check: (rule, subject) =>
          Effect.matchEffect(
            redis.use(() => looks[rule](digest(subject))),
            {
              onFailure: () => alone.check(rule, subject),
              onSuccess: ({ answer: { consumedPoints, msBeforeNext } }) => {
                const scaled = scaledRules[rule]
                if (consumedPoints < scaled.limit) return Effect.void
                return refuseUse(rule, quotaOf(scaled, consumedPoints, msBeforeNext))
              }
            }
          ),
        giveBack: (rule, subject) =>
          redis
            .use(() => limiters[rule].reward(digest(subject)))
            .pipe(
              Effect.catch(() => alone.giveBack(rule, subject)),
              Effect.asVoid
            ),
        clear: (rule, subject) =>
          redis
            .use(() => limiters[rule].delete(digest(subject)))
            .pipe(
              // The client says when Redis is away. What it counts then ends with its window.
              Effect.ignore,
              // Also what was counted alone, when Redis was away, and would be again when it is next.
              Effect.andThen(alone.clear(rule, subject))
            )
      })
    })
  )
