// What the database went through: every state of every order with the time of its write, read from the
// oplog by a change stream after the fact, so that no observer can miss or disturb anything.
import type { mongo } from "mongoose"
import type { Stage } from "./stage.ts"

export interface Written {
  /** Milliseconds since 1970, by the primary's clock. */
  readonly at: number
  /** The state of the confirmation mail after the write, where it set one. */
  readonly confirmation: string | undefined
  /** The same of the mail about the order's end. */
  readonly notice: string | undefined
  readonly status: string | undefined
  readonly version: number | undefined
}

/** By order id, oldest first. */
export type History = ReadonlyMap<string, ReadonlyArray<Written>>

/** The driver's types lack the time, which servers tell from 6.0 on. */
type Change = mongo.ChangeStreamDocument<Record<string, unknown>> & { readonly wallTime?: Date }

/** The fields that a change set, by their paths. */
const fieldsOf = (change: Change): Readonly<Record<string, unknown>> => {
  if (change.operationType === "insert" || change.operationType === "replace")
    return change.fullDocument
  if (change.operationType === "update") return change.updateDescription.updatedFields ?? {}
  return {}
}

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined)

/** The state of a mail that a change set, with the rest of the mail or by itself. */
const stateOf = (fields: Readonly<Record<string, unknown>>, mail: string): string | undefined => {
  const whole = fields[mail]
  return typeof whole === "object" && whole !== null && "state" in whole
    ? text(whole.state)
    : text(fields[`${mail}.state`])
}

const written = (change: Change): Written => {
  const fields = fieldsOf(change)
  return {
    at: change.wallTime?.getTime() ?? 0,
    confirmation: stateOf(fields, "confirmation"),
    notice: stateOf(fields, "notice"),
    status: text(fields["status"]),
    version: typeof fields["version"] === "number" ? fields["version"] : undefined
  }
}

const end = "end-of-history"

export async function readHistory({ database, began }: Stage): Promise<History> {
  const stream = database.watch([], { startAtOperationTime: began })
  try {
    await database.collection(end).insertOne({}, { writeConcern: { w: "majority" } })
    const history = new Map<string, Array<Written>>()
    for (;;) {
      const change = (await stream.next()) as Change
      if (!("ns" in change) || !("coll" in change.ns)) continue
      if (change.ns.coll === end && change.operationType === "insert") return history
      if (change.ns.coll !== "orders" || !("documentKey" in change)) continue
      const id = String(change.documentKey._id)
      history.set(id, [...(history.get(id) ?? []), written(change)])
    }
  } finally {
    await stream.close()
  }
}
