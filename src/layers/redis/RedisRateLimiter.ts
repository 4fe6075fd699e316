// RateLimiter on Redis: one count for all processes, each use counted or refused by one script. While
// Redis is away each process counts alone, in memory, from nothing.
import { createHash } from "node:crypto"
import { Effect, Layer } from "effect"
import { RateLimited, RateLimiter, type RateRuleName } from "../../services/runtime/RateLimiter.ts"
import {
  makeMemoryRateLimiter,
  quotaOf,
  type RateLimiterOptions,
  scaledRule
} from "../memory/MemoryRateLimiter.ts"
import { RedisClient } from "./RedisClient.ts"

/** Answers whether the use was counted, the count, and the rest of the window in milliseconds. */
const takeScript = {
  name: "takeRate",
  numberOfKeys: 1,
  lua: `
local count = tonumber(redis.call('GET', KEYS[1]) or '0')
if count >= tonumber(ARGV[1]) then return { 0, count, redis.call('PTTL', KEYS[1]) } end
count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return { 1, count, redis.call('PTTL', KEYS[1]) }
`
}

const giveBackScript = {
  name: "giveBackRate",
  numberOfKeys: 1,
  lua: `
local count = tonumber(redis.call('GET', KEYS[1]) or '0')
if count > 1 then redis.call('DECR', KEYS[1]) elseif count == 1 then redis.call('DEL', KEYS[1]) end
`
}

/**
 * Subjects are mail addresses, clients' addresses and ids. Hashed, they are in no dump, slow log or
 * MONITOR of Redis to be read in passing (whoever knows an address can still look for it), and a key is
 * short whatever a client sends.
 */
const keyOf = (keyPrefix: string, rule: RateRuleName, subject: string): string => {
  const digest = createHash("sha256").update(subject).digest("base64url").slice(0, 22)
  return `${keyPrefix}rate:${rule}:${digest}`
}

/** `keyPrefix` keeps deployments on one Redis apart. */
export const layer = ({
  keyPrefix,
  ...options
}: RateLimiterOptions & { readonly keyPrefix: string }): Layer.Layer<
  RateLimiter,
  never,
  RedisClient
> =>
  Layer.effect(
    RateLimiter,
    Effect.gen(function* () {
      const redis = yield* RedisClient
      const runTake = redis.script(takeScript)
      const runGiveBack = redis.script(giveBackScript)
      const alone = makeMemoryRateLimiter(options)

      return RateLimiter.of({
        take: (rule, subject) => {
          const scaled = scaledRule(rule, options)
          const counted = runTake(
            keyOf(keyPrefix, rule, subject),
            scaled.limit,
            scaled.windowSeconds * 1000
          )
          return Effect.matchEffect(counted, {
            onFailure: () => alone.take(rule, subject),
            onSuccess: (answer) => {
              // What the script above returns.
              const [passed, count, millis] = answer as readonly [number, number, number]
              const quota = quotaOf(scaled, count, millis)
              return passed === 1
                ? Effect.succeed(quota)
                : Effect.fail(new RateLimited({ rule, quota }))
            }
          })
        },
        giveBack: (rule, subject) =>
          runGiveBack(keyOf(keyPrefix, rule, subject)).pipe(
            Effect.catch(() => alone.giveBack(rule, subject)),
            Effect.asVoid
          )
      })
    })
  )
