// OrderCache on Redis: a hash per order. One pipelined command reads it; one script compares versions,
// writes and sets the TTL, so that no writer brings back an older state while the key lives.
import { Effect, Layer, Option } from "effect"
import { type OrderId, UserId } from "../../services/ids.ts"
import { encodeOrder, type Order } from "../../services/orders/model/Order.ts"
import {
  drawLifeMillis,
  OrderCache,
  OrderCacheError
} from "../../services/orders/ports/OrderCache.ts"
import { RedisClient } from "./RedisClient.ts"

/** The number moves on with the format of an entry: old and new processes then do not meet. */
const keyOf = (keyPrefix: string, id: string): string => `${keyPrefix}order:1:${id}`

const putScript = {
  name: "putOrder",
  numberOfKeys: 1,
  lua: `
local version = redis.call('HGET', KEYS[1], 'version')
if version and tonumber(version) >= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'userId', ARGV[2], 'json', ARGV[3])
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

      const get = (id: OrderId) =>
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
          millis
        ])

      return OrderCache.of({
        get: (id) => Effect.mapError(get(id), failed("get")),
        put: (orders) =>
          Effect.forEach(orders, callOf).pipe(
            Effect.flatMap(runAll),
            Effect.asVoid,
            Effect.mapError(failed("put"))
          )
      })
    })
  )

const failed =
  (operation: string) =>
  (cause: unknown): OrderCacheError =>
    new OrderCacheError({ operation, cause })
