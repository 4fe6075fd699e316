// SendRate on Redis: one bucket for all processes, kept by one script on Redis's own clock. While Redis is away each
// process counts alone, in memory; SES's throttle responses then slow each of them down.
import { Effect, Layer } from "effect"
import {
  burstSeconds,
  codesBurstSeconds,
  codesPart,
  leastBurst,
  recoverySeconds,
  SendRate,
  slowDownSeconds,
  slowestPart
} from "../../services/messaging/SendRate.ts"
import { now } from "../../services/time.ts"
import { makeMemorySendRate } from "../memory/MemorySendRate.ts"
import { RedisClient } from "./RedisClient.ts"

/** The state as it is now, in milliseconds: `rate` has recovered since `ratedAt`. As MemorySendRate computes it. */
const read = `
local max = tonumber(ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local state = redis.call('HMGET', KEYS[1], 'rate', 'ratedAt', 'nextAt', 'slowedAt', 'nextCodeAt')
local recovered = max * (now - tonumber(state[2] or now)) / 1000 / ${recoverySeconds}
local rate = math.min(max, tonumber(state[1] or max) + recovered)
local nextAt = tonumber(state[3] or 0)
local nextCodeAt = tonumber(state[5] or 0)
local nextToken = function(at, perSecond, burst)
  local kept = math.max(math.ceil(perSecond * burst), ${leastBurst})
  return math.max(at, now - (kept - 1) * 1000 / perSecond)
end
local charge = function() nextAt = nextToken(nextAt, rate, ${burstSeconds}) + 1000 / rate end
`

/** A bucket that is idle for longer than a recovery may expire: it has its highest rate again. */
const write = `
local text = function(number) return string.format('%.3f', number) end
redis.call('HSET', KEYS[1], 'rate', text(rate), 'ratedAt', text(now), 'nextAt', text(nextAt),
  'nextCodeAt', text(nextCodeAt))
redis.call('PEXPIRE', KEYS[1], math.ceil(math.max(0, nextAt - now)) + ${recoverySeconds * 1000})
`

/** Answers how many were taken, and after how many milliseconds a further one is there. */
const takeScript = {
  name: "takeSends",
  numberOfKeys: 1,
  lua: `${read}
local wanted = tonumber(ARGV[2])
local nextAt = nextToken(nextAt, rate, ${burstSeconds})
local there = 0
if nextAt <= now then there = math.floor((now - nextAt) * rate / 1000 + 0.001) + 1 end
local taken = math.min(wanted, there)
nextAt = nextAt + taken * 1000 / rate
if taken > 0 then
${write}
end
if taken == wanted then return {taken, 0} end
return {taken, math.ceil(math.max(0, nextAt - now))}
`
}

/**
 * Answers after how many milliseconds the turn is; -1, and nothing is taken, where that is too late. A code that
 * waits is charged when it goes: until then confirmations may.
 */
const takeForCodeScript = {
  name: "takeSendForCode",
  numberOfKeys: 1,
  lua: `${read}
local codes = rate * ${codesPart}
local next = nextToken(nextCodeAt, codes, ${codesBurstSeconds})
local turn = math.max(now, next)
if turn - now > tonumber(ARGV[2]) then return -1 end
nextCodeAt = next + 1000 / codes
if turn <= now then charge() end
${write}
return math.ceil(turn - now)
`
}

const chargeScript = {
  name: "chargeSend",
  numberOfKeys: 1,
  lua: `${read}
charge()
${write}
`
}

const throttledScript = {
  name: "throttledSend",
  numberOfKeys: 1,
  lua: `${read}
if now - tonumber(state[4] or 0) < ${slowDownSeconds * 1000} then return end
rate = math.max(rate / 2, max * ${slowestPart})
nextAt = math.max(nextAt, now + 1000 / rate)
nextCodeAt = math.max(nextCodeAt, now + 1000 / (rate * ${codesPart}))
${write}
redis.call('HSET', KEYS[1], 'slowedAt', text(now))
`
}

/** As text: Redis cuts a number off at its point. */
const currentScript = {
  name: "currentSendRate",
  numberOfKeys: 1,
  lua: `${read}
return tostring(rate)
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
      const runTake = redis.script(takeScript)
      const runTakeForCode = redis.script(takeForCodeScript)
      const runCharge = redis.script(chargeScript)
      const runCurrent = redis.script(currentScript)
      const runThrottled = redis.script(throttledScript)
      const alone = makeMemorySendRate({ maxPerSecond })
      const key = `${keyPrefix}send-rate`

      return SendRate.of({
        take: (max) =>
          Effect.matchEffect(runTake(key, maxPerSecond, max), {
            onFailure: () => alone.take(max),
            onSuccess: (answer) => {
              const [taken, waitMillis] = answer as readonly [number, number]
              return Effect.succeed({ taken, waitMillis })
            }
          }),
        takeForCode: Effect.fnUntraced(function* (until) {
          const patience = until.getTime() - (yield* now).getTime()
          if (patience < 0) return false
          return yield* Effect.matchEffect(runTakeForCode(key, maxPerSecond, patience), {
            onFailure: () => alone.takeForCode(until),
            onSuccess: Effect.fnUntraced(function* (wait) {
              if (Number(wait) <= 0) return wait === 0
              yield* Effect.sleep(Number(wait))
              yield* Effect.ignore(runCharge(key, maxPerSecond))
              return true
            })
          })
        }),
        current: Effect.matchEffect(runCurrent(key, maxPerSecond), {
          onFailure: () => alone.current,
          onSuccess: (rate) => Effect.succeed(Number(rate))
        }),
        // Both, since the next count may be made by either.
        throttled: Effect.andThen(alone.throttled, Effect.ignore(runThrottled(key, maxPerSecond)))
      })
    })
  )
