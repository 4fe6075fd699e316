// All workloads, each with its contestants.
import { limits, peers } from "./contestants.ts"
import { atPeersRate, oneProcess } from "./goals.ts"
import { system, traced } from "./system/system.ts"
import type { Workload } from "./workload.ts"
import { confirming } from "./workloads/confirming.ts"
import { endToEnd } from "./workloads/endToEnd.ts"
import { lineCounts, listAmong, placeAmong, placeLines, storedCounts } from "./workloads/growth.ts"
import { workerKills } from "./workloads/kills.ts"
import { loginStorm } from "./workloads/loginStorm.ts"
import { mailRate } from "./workloads/mailRate.ts"
import { hotSkuOrders, manySkuOrders } from "./workloads/orders.ts"
import { cachedRead, uncachedRead } from "./workloads/reads.ts"
import { drainBySeveral, hotOrders, orders, reads } from "./workloads/scaling.ts"
import { startUp } from "./workloads/startUp.ts"
import { workerDrain, workerProcesses } from "./workloads/worker.ts"

const { express, fastify, fastifyPlugins, loop, sqsConsumer } = peers
const { readRedis, stackRedis, readMongo, groupCommit, placeTogether } = limits
const { drain, confirm, placeAndMail } = limits
const single = { ...system, name: oneProcess }

export const full: ReadonlyArray<Workload> = [
  cachedRead([system, traced, express, fastify, fastifyPlugins, stackRedis, readRedis]),
  uncachedRead([system, express, fastify, readMongo]),
  manySkuOrders([system, traced, express, fastify, fastifyPlugins, placeTogether, groupCommit]),
  manySkuOrders([system, single], { processes: 2 }),
  hotSkuOrders([system, express, fastify, groupCommit]),
  hotSkuOrders([system, single, express, fastify], 2),
  workerDrain([system, loop, sqsConsumer, drain]),
  workerProcesses(single, system),
  confirming(system, confirm),
  mailRate(system),
  workerKills(system),
  ...endToEnd(
    [
      { contestant: system, peakOf: system },
      { contestant: { ...system, name: atPeersRate }, peakOf: express },
      { contestant: express, peakOf: express },
      { contestant: placeAndMail, peakOf: express }
    ],
    [25, 50, 75]
  ),
  loginStorm(system),
  startUp([system]),
  ...storedCounts.flatMap((count) => [placeAmong(system, count), listAmong(system, count)]),
  ...lineCounts.map((lines) => placeLines([system, express, fastify, groupCommit], lines))
]

export const quick: ReadonlyArray<Workload> = [
  cachedRead([system, readRedis]),
  manySkuOrders([system, groupCommit]),
  hotSkuOrders([system, groupCommit]),
  workerDrain([system, drain])
]

/** Each by one process of this system, by two and by three. */
export const scaling: ReadonlyArray<Workload> = [orders, hotOrders, reads, drainBySeveral]
