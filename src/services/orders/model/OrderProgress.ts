// The progress of an order, as its followers get it.
import { Effect, Schema } from "effect"
import { confirmationStates, isSettled, orderStatuses } from "./OrderStatus.ts"

/** The fields of the JSON of an order that it uses. */
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

/** An entry of the timeline in the JSON of an order. */
export type ShownEntry = (typeof Shown.Type)["timeline"][number]

export interface OrderProgress {
  readonly version: number
  /** Entries are only added, at the end, so the index of an entry never changes. */
  readonly timeline: ReadonlyArray<ShownEntry>
  /** Whether the order has no open work. */
  readonly settled: boolean
}

/** From JSON that `encodeOrder` has made: all other input is a defect. */
export const progressOf = (json: string): Effect.Effect<OrderProgress> =>
  decode(json).pipe(
    Effect.map(({ status, version, timeline, confirmation }) => ({
      version,
      timeline,
      settled: isSettled(status, confirmation.state)
    })),
    Effect.orDie
  )
