// StreamSlots on Redis: a key for each slot of a user, with the name of its holder, that ends with the lease. The keys
// of one user are on one node of a cluster. While Redis is away each process counts alone, in memory.
import { Effect, Layer } from "effect"
import type { UserId } from "../../services/ids.ts"
import { StreamSlots, slotSeconds, slotsPerUser } from "../../services/orders/ports/StreamSlots.ts"
import { makeMemoryStreamSlots } from "../memory/MemoryStreamSlots.ts"
import { RedisClient } from "./RedisClient.ts"

const holdScript = {
  name: "holdStreamSlot",
  numberOfKeys: slotsPerUser,
  lua: `
local free
for _, key in ipairs(KEYS) do
  local holder = redis.call('GET', key)
  if holder == ARGV[1] then
    redis.call('PEXPIRE', key, ARGV[2])
    return 1
  end
  if not holder then free = free or key end
end
if not free then return 0 end
redis.call('SET', free, ARGV[1], 'PX', ARGV[2])
return 1
`
}

const releaseScript = {
  name: "releaseStreamSlot",
  numberOfKeys: slotsPerUser,
  lua: `
for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then return redis.call('DEL', key) end
end
return 0
`
}

/** `keyPrefix` keeps deployments on one Redis apart. */
export const layer = ({
  keyPrefix
}: {
  readonly keyPrefix: string
}): Layer.Layer<StreamSlots, never, RedisClient> =>
  Layer.effect(
    StreamSlots,
    Effect.gen(function* () {
      const redis = yield* RedisClient
      const runHold = redis.script(holdScript)
      const runRelease = redis.script(releaseScript)
      // It counts all the time, so that it knows this process's streams when Redis goes away.
      const alone = makeMemoryStreamSlots()

      const keysOf = (userId: UserId): ReadonlyArray<string> =>
        Array.from(
          { length: slotsPerUser },
          (_, slot) => `${keyPrefix}stream:{${userId}}:${slot + 1}`
        )

      const release = (userId: UserId, holder: string) =>
        Effect.andThen(
          alone.release(userId, holder),
          // What Redis does not hear of ends with its lease.
          Effect.ignore(runRelease(...keysOf(userId), holder))
        )

      return StreamSlots.of({
        hold: Effect.fnUntraced(function* (userId, holder) {
          if (!(yield* alone.hold(userId, holder))) return false
          const held = yield* runHold(...keysOf(userId), holder, slotSeconds * 1000).pipe(
            Effect.map((answer) => answer === 1),
            Effect.catch(() => Effect.succeed(true))
          )
          if (!held) yield* alone.release(userId, holder)
          return held
        }),
        release
      })
    })
  )
