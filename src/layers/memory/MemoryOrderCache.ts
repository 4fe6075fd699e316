// OrderCache in the memory of one process: fenced by version and expiring by Clock like the shared one,
// and bounded: the entries written longest ago go first.
import { Clock, Effect, Layer, Option } from "effect"
import { encodeOrder } from "../../services/orders/model/Order.ts"
import {
  type CachedOrder,
  drawLifeMillis,
  OrderCache
} from "../../services/orders/ports/OrderCache.ts"

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
} = {}): Layer.Layer<OrderCache> =>
  Layer.sync(OrderCache, () => {
    const entries = new Map<string, Entry>()

    const read = (id: string, now: number): Entry | undefined => {
      const entry = entries.get(id)
      if (entry === undefined || entry.expiresAt > now) return entry
      entries.delete(id)
      return undefined
    }

    const write = (id: string, entry: Entry, now: number): void => {
      const current = read(id, now)
      if (current !== undefined && current.order.version >= entry.order.version) return
      // Deleted first, so that the map's order is that of writing.
      entries.delete(id)
      entries.set(id, entry)
      if (entries.size <= capacity) return
      for (const oldest of entries.keys()) {
        entries.delete(oldest)
        return
      }
    }

    return OrderCache.of({
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
  })
