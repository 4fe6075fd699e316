// Use case of operators: the messages that could not be processed, each with the state of its order.
import { Effect, Option } from "effect"
import type { OrderId } from "../ids.ts"
import type { OrderStatus } from "./model/OrderStatus.ts"
import { type DeadLetter, DeadLetters } from "./ports/DeadLetters.ts"
import { OrderStore } from "./ports/OrderStore.ts"

export interface DeadLetterOfOrder extends DeadLetter {
  /** None if the message names no order that exists and can be decoded. */
  readonly orderStatus: Option.Option<OrderStatus>
}

/** Concurrent reads of orders. */
const readsAtOnce = 10

/** An unreadable order is one cause of a dead letter, and must not hide it or the others. */
const readStatus = Effect.fnUntraced(
  function* (orderId: OrderId) {
    const order = yield* OrderStore.use((store) => store.find(orderId))
    return Option.map(order, ({ status }) => status)
  },
  (effect, orderId) =>
    Effect.catchDefect(effect, (defect) =>
      Effect.logError("the order of a dead letter cannot be read", defect).pipe(
        Effect.annotateLogs({ orderId }),
        Effect.as(Option.none())
      )
    )
)

export const listDeadLetters = Effect.fn("listDeadLetters")(function* (limit: number) {
  const letters = yield* DeadLetters.use((deadLetters) => deadLetters.list(limit))
  return yield* Effect.forEach(
    letters,
    (letter) =>
      Effect.map(
        Option.isNone(letter.orderId) ? Effect.succeedNone : readStatus(letter.orderId.value),
        (orderStatus): DeadLetterOfOrder => ({ ...letter, orderStatus })
      ),
    { concurrency: readsAtOnce }
  )
})
