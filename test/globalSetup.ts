// Vitest's `globalSetup`: one MongoDB replica set, Redis, SQS and SES for the whole run, started side
// by side, each used from the environment where it is named there, stopped at the end.
//
// A suite that needs some of them (suite.ts):
//   describeWith(["mongo", "redis"], "orders on MongoDB", ({ mongo, redis }) => { … })
//     mongo: { uri }  redis: { host, port, password? }  sqs: { endpoint, queueUrl, dlqUrl }
//     ses: { endpoint }
//   await describeWithElasticMq("redrive", (sqs) => { it(…, () => … sqs() …) })   one of its own
//   `inject("mongo")` from vitest gives `{ address }` or `{ unavailable: why }`.
// They are shared by suites that run concurrently, so each suite takes a corner of its own:
//   withDatabase(mongo.uri)                 mongo.ts        the same server, a fresh database
//   createQueues(sqs.endpoint, { maxReceiveCount, visibilitySeconds })  queues.ts  a fresh pair
//   testSqsClient(endpoint), awsTestAccess  queues.ts       region and credentials that they accept
//   sesControl(ses.endpoint)                ses-control.ts  inject({ fault, times, to }),
//                                           inbox({ to, atLeast, withinMs }), calls(to), clear()
// A suite that takes a service away starts one for itself and stops it:
//   startMongo({ nodes }), startStandaloneMongo()   mongo.ts
//   startRedis({ port, password, version, args })   redis.ts
//   startRedisCluster({ version })                  redisCluster.ts  three nodes
//   startRedisPair({ version })                     redisPair.ts     a primary, its replica, one address
//   startSqs(queueOptions), startElasticMq(queueOptions)   sqs.ts
//   startSes()                                      ses.ts
// Each has `address` and `stop()`, and `node` (mongo: `nodes`) with crash, restart, freeze, thaw.
// Twilio is in process, so a test that needs it starts one: startTwilio(), twilio.ts.

import type { TestProject } from "vitest/node"
import { type MongoAddress, mongoFromEnvironment, startMongo } from "../tools/harness/mongo.ts"
import { mayLeaveOut } from "../tools/harness/obtain/obtain.ts"
import type { SqsAddress } from "../tools/harness/queues.ts"
import { type RedisAddress, redisFromEnvironment, startRedis } from "../tools/harness/redis.ts"
import type { Service } from "../tools/harness/service.ts"
import { type SesAddress, sesFromEnvironment, startSes } from "../tools/harness/ses.ts"
import { sqsFromEnvironment, startSqs } from "../tools/harness/sqs.ts"
import { folderInMemory } from "./inMemory.ts"

export type Provided<Address> = { readonly address: Address } | { readonly unavailable: string }

declare module "vitest" {
  interface ProvidedContext {
    mongo: Provided<MongoAddress>
    redis: Provided<RedisAddress>
    sqs: Provided<SqsAddress>
    ses: Provided<SesAddress>
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stops: Array<() => Promise<void>> = []
  // Files are run by processes that begin with this one's environment.
  const inMemory = folderInMemory()
  if (inMemory !== undefined) process.env["TEST_DATA_FOLDER"] ??= inMemory

  async function start<A>(name: string, open: () => Promise<Service<A>>): Promise<Provided<A>> {
    const began = performance.now()
    try {
      const service = await open()
      stops.push(service.stop)
      const seconds = ((performance.now() - began) / 1000).toFixed(1)
      say(`${name}: ${seconds} s (${service.from})`)
      return { address: service.address }
    } catch (error) {
      if (!mayLeaveOut(error)) throw error
      say(error.message)
      return { unavailable: error.message }
    }
  }

  const stop = async (): Promise<void> => {
    await Promise.all(stops.map((stopOne) => stopOne()))
  }

  const starting = [
    start("MongoDB", async () => (await mongoFromEnvironment()) ?? startMongo()).then((mongo) =>
      project.provide("mongo", mongo)
    ),
    start("Redis", async () => (await redisFromEnvironment()) ?? startRedis()).then((redis) =>
      project.provide("redis", redis)
    ),
    start("SQS", async () => (await sqsFromEnvironment()) ?? startSqs()).then((sqs) =>
      project.provide("sqs", sqs)
    ),
    start("SES", async () => (await sesFromEnvironment()) ?? startSes()).then((ses) =>
      project.provide("ses", ses)
    )
  ]
  const reasons = (await Promise.allSettled(starting))
    .filter((one) => one.status === "rejected")
    .map((one) => one.reason)
  if (reasons.length > 0) {
    await stop()
    throw new AggregateError(reasons, reasons.map(String).join("\n"))
  }
  return stop
}

function say(line: string): void {
  process.stderr.write(`[services] ${line}\n`)
}
