// SendRate on Redis: one bucket for all processes, kept by one script on Redis's own clock. While Redis
// is away each process counts alone, in memory; SES's throttle answers then slow each of them down.
import { Effect, Layer } from "effect"
import {
  recoverySeconds,
  SendRate,
  slowDownSeconds,
  slowestPart
} from "../../services/messaging/SendRate.ts"
import { now } from "../../services/time.ts"
import { makeMemorySendRate } from "../memory/MemorySendRate.ts"
import { RedisClient } from "./RedisClient.ts"

/** The state as it is now, in milliseconds: `rate` has recovered since `ratedAt`. */
const read = `
local max = tonumber(ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local state = redis.call('HMGET', KEYS[1], 'rate', 'ratedAt', 'nextAt', 'slowedAt')
local recovered = max * (now - tonumber(state[2] or now)) / 1000 / ${recoverySeconds}
local rate = math.min(max, tonumber(state[1] or max) + recovered)
local nextAt = tonumber(state[3] or 0)
`

/** What is idle for longer than a recovery may be forgotten: it is at its highest rate. */
const write = `
local text = function(number) return string.format('%.3f', number) end
redis.call('HSET', KEYS[1], 'rate', text(rate), 'ratedAt', text(now), 'nextAt', text(nextAt))
redis.call('PEXPIRE', KEYS[1], math.ceil(math.max(0, nextAt - now)) + ${recoverySeconds * 1000})
`

/** Answers after how many milliseconds the turn is; -1, and nothing is taken, where that is too late. */
const acquireScript = {
  name: "acquireSend",
  numberOfKeys: 1,
  lua: `${read}
local turn = math.max(now, nextAt)
if turn - now > tonumber(ARGV[2]) then return -1 end
nextAt = turn + 1000 / rate
${write}
return math.ceil(turn - now)
`
}

const throttledScript = {
  name: "throttledSend",
  numberOfKeys: 1,
  lua: `${read}
if now - tonumber(state[4] or 0) < ${slowDownSeconds * 1000} then return end
rate = math.max(rate / 2, max * ${slowestPart})
nextAt = math.max(nextAt, now + 1000 / rate)
${write}
redis.call('HSET', KEYS[1], 'slowedAt', text(now))
`
}

/** `keyPrefix` keeps deployments on one Redis apart; `maxPerSecond`: mails, of all processes together. */
export const layer = ({
  keyPrefix,
  maxPerSecond
}: {
  readonly keyPrefix: string
  readonly maxPerSecond: number
}): Layer.Layer<SendRate, never, RedisClient> =>
  Layer.effect(
    SendRate,
    Effect.gen(function* () {
      const redis = yield* RedisClient
      const runAcquire = redis.script(acquireScript)
      const runThrottled = redis.script(throttledScript)
      const alone = makeMemorySendRate({ maxPerSecond })
      const key = `${keyPrefix}send-rate`

      return SendRate.of({
        acquire: Effect.fnUntraced(function* (until) {
          const patience = until.getTime() - (yield* now).getTime()
          if (patience < 0) return false
          return yield* Effect.matchEffect(runAcquire(key, maxPerSecond, patience), {
            onFailure: () => alone.acquire(until),
            onSuccess: (wait) =>
              wait === -1 ? Effect.succeed(false) : Effect.as(Effect.sleep(Number(wait)), true)
          })
        }),
        // Both: whichever counts next must know.
        throttled: Effect.andThen(alone.throttled, Effect.ignore(runThrottled(key, maxPerSecond)))
      })
    })
  )
