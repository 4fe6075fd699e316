// OrderCache on Redis: a hash per order. One pipelined command reads it; one script compares versions,
// writes and sets the TTL, so that no writer brings back an older state while the key lives. An entry that could
// not be written holds an older state: it is deleted, and until that worked this process does not read it.
import { Effect, Exit, Layer, Option } from "effect"
import { type OrderId, UserId } from "../../services/ids.ts"
import { encodeOrder, type Order } from "../../services/orders/model/Order.ts"
import {
  drawLifeMillis,
  OrderCache,
  OrderCacheError
} from "../../services/orders/ports/OrderCache.ts"
import { RedisClient } from "./RedisClient.ts"
import { channelOf } from "./RedisOrderChanges.ts"

/** How many entries that may be outdated a process remembers. Beyond that they end with their life. */
const mostOutdated = 10_000
/** How many of them one write deletes. */
const deletedTogether = 100

/** The number moves on with the format of an entry: old and new processes then do not meet. */
const keyOf = (keyPrefix: string, id: string): string => `${keyPrefix}order:2:${id}`

/**
 * A full memory refuses HSET and accepts PUBLISH and DEL. If the Redis user may not publish, the write still happens:
 * followers of an order also read it at long intervals.
 */
const putScript = {
  name: "putOrder",
  numberOfKeys: 1,
  lua: `
local version = redis.call('HGET', KEYS[1], 'version')
if version and tonumber(version) >= tonumber(ARGV[1]) then return 0 end
if ARGV[5] then redis.pcall('PUBLISH', ARGV[5], ARGV[1]) end
local written = redis.pcall('HSET', KEYS[1], 'version', ARGV[1], 'userId', ARGV[2], 'json', ARGV[3])
if type(written) == 'table' then
  redis.call('DEL', KEYS[1])
  return written
end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
`
}

/** `keyPrefix` keeps deployments on one Redis apart. */
export const layer = ({
  keyPrefix
}: {
  readonly keyPrefix: string
}): Layer.Layer<OrderCache, never, RedisClient> =>
  Layer.effect(
    OrderCache,
    Effect.gen(function* () {
      const redis = yield* RedisClient
      const runAll = redis.scriptForEach(putScript)

      /** By order, the newest version that was not written. Another failure is another object. */
      const outdated = new Map<OrderId, { readonly version: number }>()

      const markOutdated = (orders: ReadonlyArray<Order>): void => {
        for (const { id, version } of orders) {
          const before = outdated.get(id)?.version ?? 0
          outdated.delete(id)
          outdated.set(id, { version: Math.max(before, version) })
        }
        for (const oldest of outdated.keys()) {
          if (outdated.size <= mostOutdated) break
          outdated.delete(oldest)
        }
      }

      /** An entry that was written after its failure is as new. */
      const unmarkWritten = (orders: ReadonlyArray<Order>): void => {
        for (const { id, version } of orders) {
          const missed = outdated.get(id)
          if (missed !== undefined && missed.version <= version) outdated.delete(id)
        }
      }

      const deleteOutdated = (ids: ReadonlyArray<OrderId>) => {
        const known = ids.map((id) => [id, outdated.get(id)] as const)
        // One key a command: those of a cluster are on several nodes.
        return Effect.map(
          redis.use((client) => Promise.all(ids.map((id) => client.del(keyOf(keyPrefix, id))))),
          () => {
            for (const [id, failure] of known) if (outdated.get(id) === failure) outdated.delete(id)
          }
        )
      }

      const deleteSomeOutdated = Effect.suspend(() =>
        outdated.size === 0
          ? Effect.void
          : Effect.ignore(deleteOutdated([...outdated.keys()].slice(0, deletedTogether)))
      )

      const read = (id: OrderId) =>
        redis
          .use((client) => client.hmget(keyOf(keyPrefix, id), "userId", "version", "json"))
          .pipe(
            Effect.map(([userId, version, json]) =>
              typeof userId === "string" && typeof version === "string" && typeof json === "string"
                ? Option.some({ userId: UserId.make(userId), version: Number(version), json })
                : Option.none()
            )
          )

      const callOf = (order: Order) =>
        Effect.map(drawLifeMillis(order), (millis) => [
          keyOf(keyPrefix, order.id),
          order.version,
          order.userId,
          encodeOrder(order),
          millis,
          // A new order has no followers.
          ...(order.version > 1 ? [channelOf(keyPrefix, order.id)] : [])
        ])

      return OrderCache.of({
        get: (id) =>
          Effect.suspend(() =>
            outdated.has(id) ? Effect.as(deleteOutdated([id]), Option.none()) : read(id)
          ).pipe(Effect.mapError(failed("get"))),
        put: (orders) =>
          Effect.forEach(orders, callOf).pipe(
            Effect.flatMap(runAll),
            // Interrupted, it may not have been sent.
            Effect.onExit((exit) =>
              Effect.sync(() =>
                Exit.isSuccess(exit) ? unmarkWritten(orders) : markOutdated(orders)
              )
            ),
            Effect.andThen(deleteSomeOutdated),
            Effect.mapError(failed("put"))
          )
      })
    })
  )

const failed =
  (operation: string) =>
  (cause: unknown): OrderCacheError =>
    new OrderCacheError({ operation, cause })
