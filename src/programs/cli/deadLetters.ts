// `dead-letters list|redrive|drop` of the command line.
import { Console, Data, Effect, Option } from "effect"
import { type DeadLetterOfOrder, listDeadLetters } from "../../services/orders/listDeadLetters.ts"
import { dropDeadLetters, redriveDeadLetters } from "../../services/orders/moveDeadLetters.ts"
import type {
  DeadLetterResult,
  DeadLetterSelection
} from "../../services/orders/ports/DeadLetters.ts"
import { now } from "../../services/time.ts"

/** Not everything that was asked for was done. */
export class Unfinished extends Data.TaggedError("Unfinished")<{ readonly what: string }> {
  override get message(): string {
    return this.what
  }
}

/** A screen can't show more; `redrive` and `drop` reach all. */
const maxListed = 1000

const units = [
  ["d", 86_400],
  ["h", 3600],
  ["min", 60]
] as const

/** A time span in its largest unit. */
const formatAge = (since: Date, at: Date): string => {
  const seconds = Math.max(0, Math.round((at.getTime() - since.getTime()) / 1000))
  for (const [unit, length] of units)
    if (seconds >= length) return `${Math.floor(seconds / length)} ${unit}`
  return `${seconds} s`
}

/** Whoever sends messages must not reach the terminal with control characters. */
const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, " ")

const alignColumns = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const widths = rows.reduce<ReadonlyArray<number>>(
    (widest, row) => row.map((cell, i) => Math.max(cell.length, widest[i] ?? 0)),
    []
  )
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd()
  )
}

const rowOf =
  (at: Date) =>
  ({ messageId, orderId, orderStatus, reason, deadSince }: DeadLetterOfOrder) => [
    formatAge(deadSince, at),
    Option.getOrElse(orderId, () => "-"),
    Option.getOrElse(orderStatus, () => "-"),
    messageId,
    reason
  ]

export const list = Effect.gen(function* () {
  const letters = yield* listDeadLetters(maxListed)
  const head = ["AGE", "ORDER", "STATUS", "MESSAGE", "REASON"]
  const rows = letters.map(rowOf(yield* now)).map((row) => row.map(printable))
  if (rows.length > 0) for (const line of alignColumns([head, ...rows])) yield* Console.log(line)
  const more = letters.length === maxListed ? ", and there may be more" : ""
  yield* Console.log(`${letters.length} dead letters${more}`)
})

const report = Effect.fnUntraced(function* (
  verb: string,
  { matched, notFound, complete }: DeadLetterResult
) {
  yield* Console.log(`${matched} dead letters ${verb}`)
  if (!complete)
    return yield* new Unfinished({ what: "Time ran out before all were seen: run it again" })
  if (notFound.length > 0)
    return yield* new Unfinished({ what: `Not found: ${notFound.join(", ")}` })
})

export const redrive = (selection: DeadLetterSelection) =>
  Effect.flatMap(redriveDeadLetters(selection), (result) =>
    report("sent to the order queue again", result)
  )

export const drop = (selection: DeadLetterSelection) =>
  Effect.flatMap(dropDeadLetters(selection), (result) => report("dropped", result))
