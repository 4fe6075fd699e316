// Port: searches of orders over all users, for operators. It only reads; OrderStore changes orders.
import { Context, Data, type Effect, type Option } from "effect"
import type { OrderId } from "../../ids.ts"
import type { OrderRecord } from "../model/Order.ts"
import type { OrderStatus } from "../model/OrderStatus.ts"
import type { OrderFilter } from "../model/orderFilter.ts"

/** The store cannot be reached or did not answer in time; the same call may succeed later. */
export class OrderSearchError extends Data.TaggedError("OrderSearchError")<{
  readonly operation: string
  readonly cause: unknown
}> {}

export interface OrderSearchQuery {
  readonly filter: OrderFilter
  /** The id of the last order of the previous page. */
  readonly before: Option.Option<OrderId>
  readonly limit: number
}

export interface FoundOrder {
  readonly id: OrderId
  /** None: the order exists and cannot be decoded. */
  readonly record: Option.Option<OrderRecord>
}

/** Each number but `total` is counted up to a limit, `lastHour` to ten times as many. */
export interface OrderCounts {
  /** All orders, approximately. */
  readonly total: number
  readonly byStatus: { readonly [S in OrderStatus]: number }
  readonly lastMinute: number
  readonly lastHour: number
  /** Those with open work … */
  readonly unsettled: number
  /** … and when the oldest of them was placed. */
  readonly oldestUnsettled: Option.Option<Date>
  /** Orders that need attention. */
  readonly flagged: number
}

export class OrderSearch extends Context.Service<
  OrderSearch,
  {
    /**
     * Orders that match the filter, newest first: at most `limit`, those before `before`. A filter that is not bounded
     * (see `isBounded`) reads its whole range, until the deadline of a call.
     */
    readonly list: (
      query: OrderSearchQuery
    ) => Effect.Effect<ReadonlyArray<FoundOrder>, OrderSearchError>
    /** One order with all its stored fields. Dies if it cannot be decoded. */
    readonly find: (id: OrderId) => Effect.Effect<Option.Option<OrderRecord>, OrderSearchError>
    /** How many orders there are at `at`, counted up to `limit`, which bounds the cost. */
    readonly count: (at: Date, limit: number) => Effect.Effect<OrderCounts, OrderSearchError>
    /** How many orders were placed at or after `from` and before `to`, counted up to `limit`. */
    readonly countPlaced: (
      from: Date,
      to: Date,
      limit: number
    ) => Effect.Effect<number, OrderSearchError>
  }
>()("services/orders/OrderSearch") {}
