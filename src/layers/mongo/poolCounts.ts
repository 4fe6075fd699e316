// How many connections of the driver's pools are open and in use, and how many calls wait for one, from the driver's
// events (CMAP). It costs a few additions for each call; the figures are read at a scrape.
import type { mongo } from "mongoose"

export interface PoolCounts {
  open: number
  inUse: number
  waiting: number
}

/** Counts from now on: to be called before the client connects. */
export const countPools = (client: mongo.MongoClient): Readonly<PoolCounts> => {
  const counts: PoolCounts = { open: 0, inUse: 0, waiting: 0 }
  client.on("connectionCreated", () => {
    counts.open += 1
  })
  client.on("connectionClosed", () => {
    counts.open -= 1
  })
  client.on("connectionCheckOutStarted", () => {
    counts.waiting += 1
  })
  client.on("connectionCheckOutFailed", () => {
    counts.waiting -= 1
  })
  client.on("connectionCheckedOut", () => {
    counts.waiting -= 1
    counts.inUse += 1
  })
  client.on("connectionCheckedIn", () => {
    counts.inUse -= 1
  })
  return counts
}
