// Use case of operators: the dead letters about one order.
import { Effect, Option } from "effect"
import type { OrderId } from "../ids.ts"
import { DeadLetters } from "./ports/DeadLetters.ts"

/** The number that is listed for operators. */
const maxLetters = 100

/** A queue may be slow; then the answer is made without it. */
const lettersWithin = "3 seconds"

/**
 * None where the queue does not answer in time: SQS takes a second to say that there are no more. To look hides the
 * letters from other readers for a moment.
 */
export const deadLettersOf = Effect.fn("deadLettersOf")((id: OrderId) =>
  DeadLetters.use((letters) => letters.list(maxLetters)).pipe(
    Effect.map((letters) => letters.filter(({ orderId }) => Option.contains(orderId, id))),
    Effect.timeout(lettersWithin),
    Effect.option
  )
)
