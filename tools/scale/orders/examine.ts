// What the server looks at for a search: its own count, for the very command that the search sends.
import { Effect, Option } from "effect"
import type { mongo } from "mongoose"
import { MongoConnection } from "../../../src/layers/mongo/MongoConnection.ts"
import {
  OrderSearch,
  type OrderSearchQuery
} from "../../../src/services/orders/ports/OrderSearch.ts"

export interface Examined {
  readonly keys: number
  readonly documents: number
  readonly found: number
  readonly milliseconds: number
}

/** What belongs to the session a command was sent in, and is no part of its plan. */
const envelope = new Set(["lsid", "$db", "$clusterTime", "$readPreference", "readConcern"])

/** Examines searches one after the other. The connection has to report its commands (`monitorCommands`). */
export const makeExamine = Effect.gen(function* () {
  const { mongoose } = yield* MongoConnection
  const search = yield* OrderSearch
  const client = mongoose.getClient()
  const db = client.db(mongoose.name)
  let sent: Option.Option<mongo.Document> = Option.none()
  client.on("commandStarted", ({ commandName, command }) => {
    if (commandName === "find") sent = Option.some(command)
  })
  return Effect.fnUntraced(function* (query: OrderSearchQuery) {
    sent = Option.none()
    const began = performance.now()
    const found = yield* search.list(query)
    const milliseconds = performance.now() - began
    if (Option.isNone(sent))
      return { keys: 0, documents: 0, found: found.length, milliseconds } satisfies Examined
    const statement = Object.fromEntries(
      Object.entries(sent.value).filter(([key]) => !envelope.has(key))
    )
    const { executionStats: stats } = yield* Effect.promise(() =>
      db.command({ explain: statement, verbosity: "executionStats" })
    )
    return {
      keys: stats["totalKeysExamined"],
      documents: stats["totalDocsExamined"],
      found: found.length,
      milliseconds
    } satisfies Examined
  })
})
