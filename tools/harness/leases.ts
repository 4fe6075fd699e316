// Time that passes for the mails which a killed worker had claimed.
import { mongo } from "mongoose"

const long = 3_600_000

/** Ends the leases of all claims in a database, as if they had run out long ago: otherwise it takes half a minute. */
export async function endLeases(uri: string): Promise<void> {
  const client = new mongo.MongoClient(uri)
  try {
    const past = new Date(Date.now() - long)
    const orders = client.db().collection("orders")
    for (const at of ["", "notice."])
      await orders.updateMany(
        { [`${at}claim.leaseUntil`]: { $type: "date" } },
        { $set: { [`${at}claim.leaseUntil`]: past, [`${at}work.dueAt`]: past } }
      )
  } finally {
    await client.close()
  }
}
