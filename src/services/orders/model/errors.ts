// Domain errors of the order use cases.
import { Data } from "effect"
import type { OrderId, OrderNumber } from "../../ids.ts"
import type { ConfirmationState, NoticeState, OrderStatus } from "./OrderStatus.ts"

/** No such order, or one that the caller may not see: the two have the same answer. */
export class OrderNotFound extends Data.TaggedError("OrderNotFound")<{
  /** As requested. */
  readonly id: OrderId | OrderNumber
}> {}

export class OrderNotCancellable extends Data.TaggedError("OrderNotCancellable")<{
  readonly id: OrderId
  readonly status: OrderStatus
}> {}

/** The order's status or the state of its mail does not allow the administrator's command. */
export class OrderNotAllowed extends Data.TaggedError("OrderNotAllowed")<{
  readonly id: OrderId
  readonly status: OrderStatus
  readonly confirmation: ConfirmationState
  /** Undefined: the order has none. */
  readonly notice: NoticeState | undefined
}> {}

/** The user has as many event streams open as a user may. */
export class TooManyStreams extends Data.TaggedError("TooManyStreams") {}

/** The search would read too many orders: it needs a time range of at most `maxDays`. */
export class RangeRequired extends Data.TaggedError("RangeRequired")<{
  readonly maxDays: number
}> {}

export interface Shortage {
  readonly sku: string
  readonly requested: number
  readonly available: number
}

export class OutOfStock extends Data.TaggedError("OutOfStock")<{
  readonly items: ReadonlyArray<Shortage>
}> {}

export class UnknownSku extends Data.TaggedError("UnknownSku")<{
  readonly skus: ReadonlyArray<string>
}> {}

export class MixedCurrency extends Data.TaggedError("MixedCurrency")<{
  readonly currencies: ReadonlyArray<string>
}> {}
