// Use cases of operators: have dead letters processed again, or get rid of them. Both are logged.
import { Effect } from "effect"
import { type DeadLetterSelection, DeadLetters } from "./DeadLetters.ts"

export const redriveDeadLetters = Effect.fn("redriveDeadLetters")(function* (
  selection: DeadLetterSelection
) {
  const result = yield* DeadLetters.use((deadLetters) => deadLetters.redrive(selection))
  yield* Effect.logInfo("dead letters sent to the order queue again", { selection, ...result })
  return result
})

export const dropDeadLetters = Effect.fn("dropDeadLetters")(function* (
  selection: DeadLetterSelection
) {
  const result = yield* DeadLetters.use((deadLetters) => deadLetters.drop(selection))
  yield* Effect.logWarning("dead letters dropped", { selection, ...result })
  return result
})
