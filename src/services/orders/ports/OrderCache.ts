// Port: the cache of orders, for reading without the database.
import { Context, Data, Effect, type Option, Random } from "effect"
import type { OrderId, UserId } from "../../ids.ts"
import type { Order } from "../model/Order.ts"
import { hasWork } from "../model/OrderStatus.ts"

/** The cache cannot be reached or did not answer in time; callers go on without it. */
export class OrderCacheError extends Data.TaggedError("OrderCacheError")<{
  readonly operation: string
  readonly cause: unknown
}> {}

/** An order ready for a response: its owner, its version, and its JSON. */
export interface CachedOrder {
  readonly userId: UserId
  readonly version: number
  readonly json: string
}

/** The lifetime of an entry in seconds, by whether the order has work. It bounds staleness when a write to the cache was lost. */
export const timeToLiveSeconds = { unsettled: 30, settled: 600 } as const

/**
 * How long this entry lives, in milliseconds: 80–100 % of its `timeToLiveSeconds`, so that entries
 * which were written together do not all end together.
 */
export const drawLifeMillis = (order: Order): Effect.Effect<number> => {
  const kind = hasWork(order) ? "unsettled" : "settled"
  return Effect.map(Random.nextBetween(0.8, 1), (share) =>
    Math.round(timeToLiveSeconds[kind] * 1000 * share)
  )
}

export class OrderCache extends Context.Service<
  OrderCache,
  {
    /** None: not cached (or expired). */
    readonly get: (id: OrderId) => Effect.Effect<Option.Option<CachedOrder>, OrderCacheError>
    /**
     * Writes each order unless a version as new or newer is there (atomic per order), so that late
     * writers never bring back an older state. The TTL is `timeToLiveSeconds`, shortened by jitter.
     */
    readonly put: (orders: ReadonlyArray<Order>) => Effect.Effect<void, OrderCacheError>
  }
>()("services/orders/OrderCache") {}
