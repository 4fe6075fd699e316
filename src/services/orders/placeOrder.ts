// Use case: place an order. When this succeeds, the order is durable and its stock is taken.
import { Effect, type Option } from "effect"
import { IdempotencyMismatch } from "../IdempotencyMismatch.ts"
import type { Principal } from "../Principal.ts"
import { IdGenerator } from "../runtime/IdGenerator.ts"
import { RateLimiter } from "../runtime/RateLimiter.ts"
import { now } from "../time.ts"
import { currentTraceparent } from "../traceparent.ts"
import type { OrderLine } from "./model/allocate.ts"
import { MixedCurrency, OutOfStock, UnknownSku } from "./model/errors.ts"
import { orderIdOf } from "./model/orderNumber.ts"
import { OrderBatcher } from "./ports/OrderBatcher.ts"

/**
 * How many ids an order may take. Of a user whose bucket has a million orders one id in a thousand has a number that
 * is taken, and of all others far fewer.
 */
const maxDraws = 6

/**
 * `replayed`: an earlier request with this key made the order. Without a span of its own, as reading an order is.
 */
export const placeOrder = Effect.fnUntraced(function* (
  { userId }: Principal,
  request: {
    readonly lines: ReadonlyArray<OrderLine>
    readonly idempotencyKey: Option.Option<string>
  }
) {
  yield* RateLimiter.use((limiter) => limiter.take("ordersUser", userId))
  const batcher = yield* OrderBatcher
  for (let draws = 1; ; draws++) {
    const placement = yield* batcher.place({
      id: orderIdOf(yield* IdGenerator.use((ids) => ids.next), userId),
      userId,
      lines: request.lines,
      idempotencyKey: request.idempotencyKey,
      at: yield* now,
      traceparent: yield* currentTraceparent
    })
    switch (placement._tag) {
      case "Placed":
        return { order: placement.order, replayed: false }
      case "Replayed":
        return { order: placement.order, replayed: true }
      case "OutOfStock":
        return yield* new OutOfStock({ items: placement.items })
      case "UnknownSku":
        return yield* new UnknownSku({ skus: placement.skus })
      case "MixedCurrency":
        return yield* new MixedCurrency({ currencies: placement.currencies })
      case "IdempotencyMismatch":
        return yield* new IdempotencyMismatch()
      case "NumberTaken":
        if (draws === maxDraws)
          return yield* Effect.die(new Error(`${draws} ids in turn had a number that was taken`))
    }
  }
})
