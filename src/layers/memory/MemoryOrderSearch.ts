// Searches of orders in this process's memory: each looks through all of them.
import { Effect, Layer, Option } from "effect"
import type { OrderRecord } from "../../services/orders/model/Order.ts"
import { isSettled, type OrderStatus } from "../../services/orders/model/OrderStatus.ts"
import { matchesFilter } from "../../services/orders/model/orderFilter.ts"
import { OrderSearch } from "../../services/orders/ports/OrderSearch.ts"
import { firstIdAt } from "../../services/runtime/firstIdAt.ts"
import { addSeconds } from "../../services/time.ts"
import { MemoryDatabase } from "./MemoryDatabase.ts"

export const layer: Layer.Layer<OrderSearch, never, MemoryDatabase> = Layer.effect(
  OrderSearch,
  Effect.map(MemoryDatabase, ({ orders }) =>
    OrderSearch.of({
      list: ({ filter, before, limit }) =>
        Effect.sync(() =>
          Array.from(orders.values())
            .filter((record) => matchesFilter(record, filter))
            .filter(({ order: { id } }) => Option.isNone(before) || id < before.value)
            .toSorted((a, b) => (a.order.id < b.order.id ? 1 : -1))
            .slice(0, limit)
            .map((record) => ({ id: record.order.id, record: Option.some(record) }))
        ),

      find: (id) => Effect.sync(() => Option.fromUndefinedOr(orders.get(id))),

      countPlaced: (from, to, limit) =>
        Effect.sync(() => {
          const [first, end] = [firstIdAt(from), firstIdAt(to)]
          const placed = Array.from(orders.keys()).filter((id) => id >= first && id < end)
          return Math.min(placed.length, limit)
        }),

      count: (at, limit) =>
        Effect.sync(() => {
          const all = Array.from(orders.values())
          const count = (holds: (record: OrderRecord) => boolean, most = limit) =>
            Math.min(all.filter(holds).length, most)
          const since = (seconds: number, most: number) => {
            const first = firstIdAt(addSeconds(at, -seconds))
            return count(({ order }) => order.id >= first, most)
          }
          const hasStatus = (status: OrderStatus) => count(({ order }) => order.status === status)
          // The notice of an order that is over does not keep it unsettled.
          const unsettled = ({ order, work }: OrderRecord) =>
            Option.isSome(work) && !isSettled(order.status, order.confirmation.state)
          const [oldest] = all
            .filter(unsettled)
            .toSorted((a, b) => (a.order.id < b.order.id ? -1 : 1))
          return {
            total: all.length,
            byStatus: {
              pending: hasStatus("pending"),
              confirmed: hasStatus("confirmed"),
              fulfilled: hasStatus("fulfilled"),
              cancelled: hasStatus("cancelled"),
              failed: hasStatus("failed")
            },
            lastMinute: since(60, limit),
            lastHour: since(3600, 10 * limit),
            unsettled: count(unsettled),
            oldestUnsettled: Option.map(
              Option.fromUndefinedOr(oldest),
              ({ order }) => order.createdAt
            ),
            flagged: count(({ needsAttention }) => Option.isSome(needsAttention))
          }
        })
    })
  )
)
