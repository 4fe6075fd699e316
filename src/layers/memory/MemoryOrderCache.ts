// OrderCache and OrderChanges in the memory of one process: fenced by version and expiring by Clock like the Redis
// ones, and bounded: the oldest entries are removed first.
import { Clock, Context, Effect, Layer, Option } from "effect"
import type { OrderId } from "../../services/ids.ts"
import { encodeOrder } from "../../services/orders/model/Order.ts"
import {
  type CachedOrder,
  drawLifeMillis,
  OrderCache
} from "../../services/orders/ports/OrderCache.ts"
import { OrderChanges, unknownVersion } from "../../services/orders/ports/OrderChanges.ts"
import { Watchers } from "../runtime/Watchers.ts"

interface Entry {
  readonly order: CachedOrder
  readonly expiresAt: number
}

const defaultCapacity = 10_000

/** `capacity`: how many orders it holds. */
export const layer = ({
  capacity = defaultCapacity
}: {
  readonly capacity?: number
} = {}): Layer.Layer<OrderCache | OrderChanges> =>
  Layer.syncContext(() => {
    const entries = new Map<string, Entry>()
    const watchers = new Watchers()

    const read = (id: string, now: number): Entry | undefined => {
      const entry = entries.get(id)
      if (entry === undefined || entry.expiresAt > now) return entry
      entries.delete(id)
      return undefined
    }

    const write = (id: OrderId, entry: Entry, now: number): void => {
      const current = read(id, now)
      if (current !== undefined && current.order.version >= entry.order.version) return
      // Deleted first, so that the map's order is that of writing.
      entries.delete(id)
      entries.set(id, entry)
      if (entries.size > capacity) dropOldest()
      watchers.wake(id, entry.order.version)
    }

    const dropOldest = (): void => {
      for (const oldest of entries.keys()) {
        entries.delete(oldest)
        return
      }
    }

    const cache = OrderCache.of({
      get: (id) =>
        Effect.map(Clock.currentTimeMillis, (now) =>
          Option.map(Option.fromNullishOr(read(id, now)), ({ order }) => order)
        ),
      put: (orders) =>
        Effect.forEach(
          orders,
          (order) =>
            Effect.zipWith(drawLifeMillis(order), Clock.currentTimeMillis, (life, now) => {
              const { id, userId, version } = order
              const cached = { userId, version, json: encodeOrder(order) }
              write(id, { order: cached, expiresAt: now + life }, now)
            }),
          { discard: true }
        )
    })
    const changes = OrderChanges.of({
      watch: (id, wake) =>
        Effect.acquireRelease(
          Effect.sync(() => {
            watchers.add(id, wake)
            wake(unknownVersion)
          }),
          () => Effect.sync(() => watchers.remove(id, wake))
        ),
      hears: Effect.succeed(true)
    })
    return Context.make(OrderCache, cache).pipe(Context.add(OrderChanges, changes))
  })
