// Use case: the number of orders with open work, the time of the oldest, and the number of flagged orders.
import { Effect, Option } from "effect"
import { now } from "../time.ts"
import { maxCounted } from "./measureMails.ts"
import type { UnsettledStatus } from "./model/OrderStatus.ts"
import { OrderStore } from "./ports/OrderStore.ts"

/** Each needs an operator: a longer list is not read. */
const maxFlagged = 1000

export const measureOrders = Effect.gen(function* () {
  const store = yield* OrderStore
  const at = yield* now
  const secondsSince = Option.match({
    onNone: () => 0,
    onSome: (since: Date) => (at.getTime() - since.getTime()) / 1000
  })
  const unsettled = (status: UnsettledStatus) =>
    Effect.map(store.countUnsettled(status, maxCounted), ({ count, oldest }) => ({
      count,
      oldestSeconds: secondsSince(oldest)
    }))
  const flagged = yield* store.listAttention(maxFlagged)
  return {
    pending: yield* unsettled("pending"),
    confirmed: yield* unsettled("confirmed"),
    attention: {
      count: flagged.length,
      oldestSeconds: secondsSince(Option.fromUndefinedOr(flagged[0]?.at))
    }
  }
})
