// An SQS server with one pair of queues ready: fauxqs (light) or ElasticMQ (Java; what others
// made of the same interface).

import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { type Kept, type KeptPlan, startKept } from "./kept.ts"
import { obtainElasticMq, obtainJava } from "./obtain/binaries.ts"
import { createQueues, type QueueOptions, type SqsAddress } from "./queues.ts"
import { fromEnvironment, type Service } from "./service.ts"

export interface SqsService extends Service<SqsAddress> {
  readonly node: Kept
}

export const sqsFromEnvironment = fromEnvironment("TEST_SQS_ENDPOINT", (endpoint) =>
  createQueues(endpoint)
)

export function startSqs(options: QueueOptions = {}): Promise<SqsService> {
  const plan: KeptPlan = {
    name: "fauxqs",
    program: (_dir, port) => ({
      command: process.execPath,
      args: [join(import.meta.dirname, "fauxqs.ts"), String(port)],
      ready: "fauxqs is listening"
    })
  }
  return withQueues(plan, "npm", options)
}

export async function startElasticMq(options: QueueOptions = {}): Promise<SqsService> {
  const java = await obtainJava()
  const { path: jars, from } = await obtainElasticMq()
  const plan: KeptPlan = {
    name: "ElasticMQ",
    program: async (dir, port) => {
      const config = join(dir, "elasticmq.conf")
      await writeFile(config, elasticMqConfig(port))
      return {
        command: java.path,
        args: [...javaFlags, `-Dconfig.file=${config}`, "-cp", `${jars}/*`, elasticMqMain],
        ready: "ElasticMQ server .* started"
      }
    }
  }
  return withQueues(plan, from, options)
}

async function withQueues(
  plan: KeptPlan,
  from: string,
  options: QueueOptions
): Promise<SqsService> {
  const node = await startKept(plan)
  try {
    const address = await createQueues(`http://127.0.0.1:${node.port}`, options)
    return { address, from, node, stop: node.stop }
  } catch (error) {
    await node.stop()
    throw error
  }
}

/** Java's first compiler alone: a start takes half the CPU. */
const javaFlags = ["-Xmx512m", "-XX:TieredStopAtLevel=1"]

const elasticMqMain = "org.elasticmq.server.Main"

// The node address is what queue URLs are made of; strict limits refuse what SQS would refuse.
const elasticMqConfig = (port: number): string => `
include classpath("application.conf")
node-address { protocol = http, host = "127.0.0.1", port = ${port}, context-path = "" }
rest-sqs { enabled = true, bind-hostname = "127.0.0.1", bind-port = ${port}, sqs-limits = strict }
rest-stats { enabled = false }
aws { region = "us-east-1", accountId = "000000000000" }
`
