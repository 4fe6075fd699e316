// Use cases of operators: redrive or drop dead letters. Both are recorded with the operator's reason, also when they
// fail, since a failed call may have moved some.
import { Effect, Exit } from "effect"
import { type AuditKind, maxMessageIds } from "../audit/AuditEvent.ts"
import { audit } from "../audit/audit.ts"
import {
  type DeadLetterResult,
  type DeadLetterSelection,
  DeadLetters,
  type DeadLettersError
} from "./ports/DeadLetters.ts"

/** Ids that were not found are counted and not named, since they can be any text. */
const record = (
  kind: AuditKind,
  selection: DeadLetterSelection,
  exit: Exit.Exit<DeadLetterResult, DeadLettersError>,
  reason: string | undefined
) => {
  const why = reason === undefined ? {} : { reason }
  if (Exit.isFailure(exit)) return audit({ kind, outcome: "failure", details: why })
  const { matched, notFound } = exit.value
  const missing = new Set(notFound)
  const found = selection === "all" ? [] : selection.filter((id) => !missing.has(id))
  const messageIds = found.slice(0, maxMessageIds)
  return audit({
    kind,
    subject: messageIds.length === 0 ? {} : { messageIds },
    details: { matched, notFound: missing.size, ...why }
  })
}

export const redriveDeadLetters = Effect.fn("redriveDeadLetters")(function* (
  selection: DeadLetterSelection,
  reason?: string
) {
  const letters = yield* DeadLetters
  return yield* Effect.onExit(letters.redrive(selection), (exit) =>
    record("dead_letters_redriven", selection, exit, reason)
  )
})

export const dropDeadLetters = Effect.fn("dropDeadLetters")(function* (
  selection: DeadLetterSelection,
  reason?: string
) {
  const letters = yield* DeadLetters
  return yield* Effect.onExit(letters.drop(selection), (exit) =>
    record("dead_letters_dropped", selection, exit, reason)
  )
})
