// How often writers met on a document, as MongoDB counts it: over the whole server, so nothing else may use it meanwhile.
import type { mongo } from "mongoose"
import * as z from "zod"

export interface Conflicts {
  /** Writes that met one of another transaction or operation: the server or the writer tries again. */
  readonly writeConflicts: number
  /** Transactions that were committed, and that ended without. */
  readonly committed: number
  readonly aborted: number
  /** In which all of this was counted. */
  readonly seconds: number
}

const count = z.coerce.number()
const ServerStatus = z.object({
  // `metrics.operation.writeConflicts` leaves out those of transactions.
  wiredTiger: z.object({ transaction: z.object({ "update conflicts": count }) }),
  transactions: z.object({ totalCommitted: count, totalAborted: count })
})

const countConflicts = async (client: mongo.MongoClient): Promise<Conflicts> => {
  const status = await client.db("admin").command({ serverStatus: 1 })
  const { wiredTiger, transactions } = ServerStatus.parse(status)
  return {
    writeConflicts: wiredTiger.transaction["update conflicts"],
    committed: transactions.totalCommitted,
    aborted: transactions.totalAborted,
    seconds: performance.now() / 1000
  }
}

/** Tells, when it is called, what was counted since. */
export async function watchConflicts(client: mongo.MongoClient): Promise<() => Promise<Conflicts>> {
  const before = await countConflicts(client)
  return async () => {
    const after = await countConflicts(client)
    return {
      writeConflicts: after.writeConflicts - before.writeConflicts,
      committed: after.committed - before.committed,
      aborted: after.aborted - before.aborted,
      seconds: after.seconds - before.seconds
    }
  }
}
