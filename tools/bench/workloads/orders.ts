// Placing orders: over many products, and all of one.
import { testSqsClient } from "../../harness/queues.ts"
import type { Contestant, RunningApi } from "../contestant.ts"
import { dataSet, hotSku, manySkus, noOrders, scarceSku } from "../data.ts"
import { oneProcess } from "../goals.ts"
import type { Shot } from "../load/plan.ts"
import { untilDepth } from "../queueDepth.ts"
import { openHouse, type Stage } from "../stage.ts"
import { tokenOf } from "../tokens.ts"
import type { Pace, Sample, Workload } from "../workload.ts"
import { connections, measureHttp } from "./http.ts"

export const orderShot = (i: number, skus: ReadonlyArray<string>): Shot => ({
  path: "/api/orders",
  token: tokenOf(i),
  body: JSON.stringify({ items: skus.map((sku) => ({ sku, quantity: 1 })) })
})

type Processes = 1 | 2

const named = (name: string, title: string, processes: Processes) =>
  processes === 1
    ? { name, title }
    : { name: `${name}-${processes}`, title: `${title}, ${processes} processes` }

const startApis = async (
  stage: Stage,
  processes: Processes
): Promise<ReadonlyArray<RunningApi>> => {
  const count = stage.contestant.name === oneProcess ? 1 : processes
  const apis: Array<RunningApi> = []
  for (let i = 0; i < count; i++) apis.push(await stage.startApi())
  return apis
}

/** Each order has so many lines, and each line the next product, in an order that repeats late. */
export const ordersOverMany = (lines: number): ReadonlyArray<Shot> =>
  Array.from({ length: 1000 }, (_, i) =>
    orderShot(
      i,
      Array.from(
        { length: lines },
        (_unused, line) => manySkus[(i * 37 + line * 11) % manySkus.length] ?? hotSku
      )
    )
  )

/** A 201 promises a message, and a contestant that sends it after the answer has that work to do as well. */
export const allQueued =
  (stage: Stage) =>
  async (orders: number): Promise<void> => {
    const sqs = testSqsClient(stage.services.sqs.endpoint)
    try {
      await stage.within("the messages of all orders", queuedWithinSeconds, (signal) =>
        untilDepth(sqs, stage.queueUrl, (depth) => depth >= orders, signal)
      )
    } finally {
      sqs.destroy()
    }
  }
const queuedWithinSeconds = 60

/** What the bare group commit does with as many callers; it prints its own time. */
async function measureGroupCommit(
  stage: Stage,
  { seconds, warmUpSeconds }: Pace,
  options: ReadonlyArray<string>
): Promise<Sample> {
  const counts = ["--orders", String(seconds * groupCommitPerSecond)]
  const warmUp = ["--warmup", String(warmUpSeconds * groupCommitPerSecond)]
  const args = [groupCommit, ...counts, ...warmUp, "--callers", String(connections), ...options]
  const said = await stage.within("the group commit", groupCommitWithinSeconds, () =>
    stage.runTool(args)
  )
  const { orders, seconds: taken } = said as { readonly orders: number; readonly seconds: number }
  return { value: orders / taken }
}

const groupCommit = "tools/bench/limits/groupCommit.ts"
/** About what it does, so that it runs about as long as the others. */
const groupCommitPerSecond = 10_000
const groupCommitWithinSeconds = 180

export const manySkuOrders = (
  contestants: ReadonlyArray<Contestant>,
  { lines = 1, processes = 1 }: { readonly lines?: number; readonly processes?: Processes } = {}
): Workload => ({
  ...named("orders-200", "Order over 200 SKUs", processes),
  ...{ unit: "orders/s", better: "higher", contestants },
  open: (services, contestant) => openHouse(services, contestant, dataSet(noOrders)),
  measure: async (stage, pace) => {
    if (stage.contestant.api === undefined)
      return measureGroupCommit(stage, pace, [
        ...["--skus", String(manySkus.length)],
        ...["--lines", String(lines)]
      ])
    const shots = ordersOverMany(lines)
    return measureHttp(stage, pace, await startApis(stage, processes), {
      ...{ method: "POST", warmUp: shots, shots },
      settled: allQueued(stage)
    })
  }
})

/** Of the last ones. */
const pieces = 500
const buyers = 2000
const sellOutWithinSeconds = 60

/** Lets four times as many buy as there are pieces; answers how many pieces were sold beyond those. */
async function sellOut(stage: Stage, apis: ReadonlyArray<RunningApi>): Promise<number> {
  const products = stage.db.collection<{ _id: string; available: number }>("products")
  await products.updateOne({ _id: scarceSku }, { $set: { available: pieces } })
  const orders = stage.db.collection("orders")
  const sold = () => orders.countDocuments({ "items.sku": scarceSku })
  const before = await sold()
  const answers = await stage.load({
    ...{ kind: "closed", method: "POST", once: false, seconds: sellOutWithinSeconds },
    urls: apis.map(({ url }) => url),
    connections: connections / apis.length,
    amount: buyers / apis.length,
    shots: Array.from({ length: 100 }, (_, i) => orderShot(i, [scarceSku]))
  })
  const stored = (await sold()) - before
  const promised = answers.reduce((sum, { ok }) => sum + ok, 0)
  // What was answered with 201 and what is stored: both are sales, and neither may be more than there was.
  return Math.max(stored, promised) - pieces
}

export const hotSkuOrders = (
  contestants: ReadonlyArray<Contestant>,
  processes: Processes = 1
): Workload => ({
  ...named("orders-hot", "Order on one SKU", processes),
  ...{ unit: "orders/s", better: "higher", contestants },
  open: (services, contestant) => openHouse(services, contestant, dataSet(noOrders)),
  measure: async (stage, pace): Promise<Sample> => {
    if (stage.contestant.api === undefined) return measureGroupCommit(stage, pace, ["--skus", "1"])
    const apis = await startApis(stage, processes)
    const shots = Array.from({ length: 100 }, (_, i) => orderShot(i, [hotSku]))
    const sample = await measureHttp(stage, pace, apis, {
      ...{ method: "POST", warmUp: shots, shots },
      settled: allQueued(stage)
    })
    return { ...sample, oversold: Math.max(0, await sellOut(stage, apis)) }
  }
})
