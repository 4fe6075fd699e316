// DeadLetters on the dead-letter queue of MemoryOrderQueue. It sees all messages, so every call is complete.
import { Effect, Layer } from "effect"
import {
  type DeadLetter,
  type DeadLetterSelection,
  DeadLetters,
  DeadLettersError,
  deadLetterOf
} from "../../services/orders/ports/DeadLetters.ts"
import { OrderQueue } from "../../services/orders/ports/OrderQueue.ts"
import { type DeadMessage, MemoryDeadLetters } from "./MemoryOrderQueue.ts"

export const layer: Layer.Layer<DeadLetters, never, MemoryDeadLetters | OrderQueue> = Layer.effect(
  DeadLetters,
  Effect.gen(function* () {
    const dead = yield* MemoryDeadLetters
    const queue = yield* OrderQueue

    const choose = (selection: DeadLetterSelection) =>
      Effect.map(dead.list, (messages) => {
        const chosen = messages.filter(
          ({ messageId }) => selection === "all" || selection.includes(messageId)
        )
        const found = new Set(chosen.map(({ messageId }) => messageId))
        const asked = selection === "all" ? [] : [...new Set(selection)]
        const notFound = asked.filter((id) => !found.has(id))
        return { chosen, result: { matched: chosen.length, notFound, complete: true } }
      })

    return DeadLetters.of({
      list: (limit) =>
        Effect.flatMap(dead.list, (messages) => Effect.forEach(messages.slice(0, limit), letterOf)),

      redrive: Effect.fn("MemoryDeadLetters.redrive")(function* (selection) {
        const { chosen, result } = yield* choose(selection)
        yield* Effect.mapError(
          queue.send(
            chosen.map(({ messageId, body, traceparent }) => ({ messageId, body, traceparent }))
          ),
          ({ reason, cause }) => new DeadLettersError({ operation: "redrive", reason, cause })
        )
        yield* dead.remove(new Set(chosen))
        return result
      }),

      drop: Effect.fn("MemoryDeadLetters.drop")(function* (selection) {
        const { chosen, result } = yield* choose(selection)
        yield* dead.remove(new Set(chosen))
        return result
      })
    })
  })
)

const letterOf = ({ traceparent: _, ...message }: DeadMessage): Effect.Effect<DeadLetter> =>
  deadLetterOf(message)
