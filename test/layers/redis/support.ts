// How the suites of Redis adapters reach the server: the client's options, and time that goes by for
// their keys (Redis keeps its own clock, so the keys' rest of life is shortened instead).
import { Effect, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { Redis } from "ioredis"
import type { RedisOptions } from "../../../src/layers/redis/connection.ts"
import type { RedisAddress } from "../../../tools/harness/redis.ts"

export const optionsFor = ({ host, port, password, cluster }: RedisAddress): RedisOptions => ({
  host,
  port,
  tls: false,
  cluster: cluster ?? false,
  keyPrefix: "",
  password: password === undefined ? undefined : Redacted.make(password)
})

/** Shortens the life of every key with this prefix. */
export const passFor = (address: RedisAddress, prefix: string) => (seconds: number) =>
  Effect.promise(() =>
    withRedis(address, async (redis) => {
      for (const key of await redis.keys(`${prefix}*`))
        await redis.pexpire(key, Math.max(0, (await redis.pttl(key)) - Math.round(seconds * 1000)))
    })
  )

/** The same, for adapters that also keep time by Clock. */
export const passWithClock =
  (pass: (seconds: number) => Effect.Effect<void>) =>
  (seconds: number): Effect.Effect<void> =>
    Effect.andThen(pass(seconds), TestClock.adjust(seconds * 1000))

export const withRedis = async <A>(
  address: RedisAddress,
  body: (redis: Redis) => Promise<A>
): Promise<A> => {
  const redis = new Redis(address)
  try {
    return await body(redis)
  } finally {
    redis.disconnect()
  }
}
