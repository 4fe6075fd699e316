// The services of a run, on this machine, shared by all contestants, who are measured one at a time. Each has
// a Redis of its own (stage.ts): a server has few databases, and it would hold the entries of another contestant.
import { mongo } from "mongoose"
import { startCollector } from "../harness/collector.ts"
import { isRunning } from "../harness/kept.ts"
import { startMongo } from "../harness/mongo.ts"
import { obtainRedis } from "../harness/obtain/binaries.ts"
import { execute } from "../harness/obtain/obtain.ts"
import { startSqs } from "../harness/sqs.ts"
import { makeTogether } from "../harness/together.ts"
import { type CountingSes, startCountingSes } from "./ses/ses.ts"

export interface Services {
  readonly mongo: { readonly uri: string; readonly client: mongo.MongoClient }
  readonly sqs: { readonly endpoint: string }
  readonly ses: CountingSes
  /** Where an OpenTelemetry collector takes traces. */
  readonly traces: { readonly endpoint: string }
  /** Name and version of each server. */
  readonly versions: Readonly<Record<string, string>>
  /** Throws where one of them has ended by itself: nothing more can be measured then. */
  readonly assertRunning: () => void
  readonly stop: () => Promise<void>
}

/** "Redis server v=7.2.4 sha=…" */
const versionOf = async (redis: string): Promise<string> => {
  const { stdout } = await execute(redis, ["--version"])
  return / v=(\S+)/u.exec(stdout)?.[1] ?? stdout.trim()
}

export async function startServices(): Promise<Services> {
  const { keep, stop: stopAll } = makeTogether()
  try {
    const [set, redis, sqs, ses, traces] = await Promise.all([
      keep(startMongo()),
      obtainRedis(),
      keep(startSqs()),
      keep(startCountingSes()),
      keep(startCollector())
    ])
    const client = await mongo.MongoClient.connect(set.address.uri)
    const { version } = await client.db("admin").command({ buildInfo: 1 })
    return {
      mongo: { uri: set.address.uri, client },
      sqs: { endpoint: sqs.address.endpoint },
      ses,
      traces,
      versions: { MongoDB: String(version), Redis: await versionOf(redis.path) },
      assertRunning: () => {
        const nodes = { MongoDB: set.nodes[0], fauxqs: sqs.node, SES: ses.node }
        for (const [name, node] of Object.entries(nodes))
          if (node === undefined || !isRunning(node.pid())) throw new Error(`${name} has ended`)
      },
      stop: async () => {
        await client.close()
        await stopAll()
      }
    }
  } catch (error) {
    await stopAll()
    throw error
  }
}
