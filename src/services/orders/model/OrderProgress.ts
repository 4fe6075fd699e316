// The progress of an order, as its followers get it.
import { Effect, Schema } from "effect"
import { confirmationStates, isSettled, orderStatuses } from "./OrderStatus.ts"

/** What it takes of an order as it goes out. */
const Shown = Schema.fromJsonString(
  Schema.Struct({
    status: Schema.Literals(orderStatuses),
    version: Schema.Int,
    timeline: Schema.Array(
      Schema.Struct({
        status: Schema.Literals(orderStatuses),
        at: Schema.String,
        reason: Schema.optionalKey(Schema.String)
      })
    ),
    confirmation: Schema.Struct({ state: Schema.Literals(confirmationStates) })
  })
)
const decode = Schema.decodeUnknownEffect(Shown)

/** An entry of the timeline as it goes out. */
export type ShownEntry = (typeof Shown.Type)["timeline"][number]

export interface OrderProgress {
  readonly version: number
  /** Entries are only added, at the end, so the index of an entry never changes. */
  readonly timeline: ReadonlyArray<ShownEntry>
  /** Whether nothing is left to do for the order. */
  readonly settled: boolean
}

/** Of an order as `encodeOrder` makes it: anything else is a defect. */
export const progressOf = (json: string): Effect.Effect<OrderProgress> =>
  decode(json).pipe(
    Effect.map(({ status, version, timeline, confirmation }) => ({
      version,
      timeline,
      settled: isSettled(status, confirmation.state)
    })),
    Effect.orDie
  )
