// `dead-letters list|redrive|drop` of the command line.
import { Data, Effect, Option } from "effect"
import { type DeadLetterOfOrder, listDeadLetters } from "../../services/orders/listDeadLetters.ts"
import { dropDeadLetters, redriveDeadLetters } from "../../services/orders/moveDeadLetters.ts"
import type {
  DeadLetterResult,
  DeadLetterSelection
} from "../../services/orders/ports/DeadLetters.ts"
import { now } from "../../services/time.ts"
import { reasonFrom } from "./arguments.ts"
import { answer, confirm, withProgress } from "./Manner.ts"
import { alignColumns } from "./table.ts"

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

const rowOf =
  (at: Date) =>
  ({ messageId, orderId, orderStatus, reason, deadSince }: DeadLetterOfOrder) => [
    formatAge(deadSince, at),
    Option.getOrElse(orderId, () => "-"),
    Option.getOrElse(orderStatus, () => "-"),
    messageId,
    reason
  ]

const jsonOf = ({ orderId, orderStatus, ...letter }: DeadLetterOfOrder) => ({
  ...letter,
  orderId: Option.getOrNull(orderId),
  orderStatus: Option.getOrNull(orderStatus)
})

export const list = Effect.gen(function* () {
  const letters = yield* withProgress("looking through the queue", () => listDeadLetters(maxListed))
  const head = ["AGE", "ORDER", "STATUS", "MESSAGE", "REASON"]
  const rows = letters.map(rowOf(yield* now))
  const more = letters.length === maxListed ? ", and there may be more" : ""
  yield* answer({
    json: letters.map(jsonOf),
    text: [
      ...(rows.length > 0 ? alignColumns([head, ...rows]) : []),
      `${letters.length} dead letters${more}`,
      ...hiddenLines(letters.length)
    ]
  })
})

/** Of an empty queue, as far as it was seen. */
const hiddenLines = (count: number): ReadonlyArray<string> =>
  count === 0
    ? [
        "Those that someone else looks at are hidden for up to six minutes: look again where the metrics count some."
      ]
    : []

const report = Effect.fnUntraced(function* (verb: string, result: DeadLetterResult) {
  const { matched, notFound, complete } = result
  yield* answer({
    json: result,
    text: [`${matched} dead letters ${verb}`, ...hiddenLines(matched)]
  })
  if (!complete)
    return yield* new Unfinished({ what: "Time ran out before all were seen: run it again" })
  if (notFound.length > 0)
    return yield* new Unfinished({ what: `Not found: ${notFound.join(", ")}` })
})

export const redrive = Effect.fnUntraced(function* (
  selection: DeadLetterSelection,
  text: string | undefined
) {
  const reason = text === undefined ? undefined : yield* reasonFrom(text)
  const result = yield* withProgress("redriving", () => redriveDeadLetters(selection, reason))
  yield* report("sent to the order queue again", result)
})

const named = (selection: DeadLetterSelection): string =>
  selection === "all" ? "all dead letters" : `${selection.length} dead letters`

export const drop = Effect.fnUntraced(function* (
  selection: DeadLetterSelection,
  text: string | undefined
) {
  const reason = text === undefined ? undefined : yield* reasonFrom(text)
  yield* confirm(`Delete ${named(selection)} permanently?`)
  const result = yield* withProgress("dropping", () => dropDeadLetters(selection, reason))
  yield* report("dropped", result)
})
