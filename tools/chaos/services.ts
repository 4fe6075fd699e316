// The services of a run, each behind toxiproxy, all on 127.0.0.1. The members of the replica set know each
// other by the addresses of their proxies, so what breaks the network breaks it between them as well.
//
// SQS is fauxqs: it and ElasticMQ both came through the load and the faults without losing a message, and
// fauxqs does without a second runtime (half a second to start instead of three) on a machine that
// thirteen processes share. CHAOS_SQS=elasticmq chooses the other one.
import { mongo } from "mongoose"
import { type MongoService, startMongo } from "../harness/mongo.ts"
import { testSqsClient } from "../harness/queues.ts"
import { type RedisPair, startRedisPair } from "../harness/redisPair.ts"
import { type SesService, startSes } from "../harness/ses.ts"
import { type SesControl, sesControl } from "../harness/ses-control.ts"
import { type SqsService, startElasticMq, startSqs } from "../harness/sqs.ts"
import { makeTogether } from "../harness/together.ts"
import { type ServiceProxy, startToxiproxy } from "../harness/toxiproxy.ts"

export interface Proxies {
  readonly mongo: ReadonlyArray<ServiceProxy>
  readonly redis: ReadonlyArray<ServiceProxy>
  readonly sqs: ReadonlyArray<ServiceProxy>
  readonly ses: ReadonlyArray<ServiceProxy>
}

export interface Services {
  readonly proxies: Proxies
  readonly mongo: MongoService
  readonly redis: RedisPair
  readonly sqs: SqsService
  readonly ses: SesService
  /** Clients of the harness. Those of SQS and SES go around the proxies. */
  readonly clients: {
    readonly mongo: mongo.MongoClient
    readonly sqs: ReturnType<typeof testSqsClient>
    readonly ses: SesControl
  }
  readonly from: ReadonlyArray<string>
  readonly stop: () => Promise<void>
}

/** Whom the programs are to MongoDB. The harness is another user, whose password stays. */
export const programsUser = { user: "shop", password: "shop" } as const

/** `mongoNodes`: the members of the replica set. */
export async function startServices({ mongoNodes = 3 } = {}): Promise<Services> {
  const { keep, stop } = makeTogether()
  try {
    const toxiproxy = await keep(startToxiproxy())
    const members: Array<ServiceProxy> = []
    const announce = async (port: number): Promise<string> => {
      const proxy = await toxiproxy.proxy(`mongo-${port}`, port)
      members.push(proxy)
      return `127.0.0.1:${proxy.port}`
    }
    const startQueue = process.env["CHAOS_SQS"] === "elasticmq" ? startElasticMq : startSqs
    const [mongoSet, redis, sqs, ses] = await Promise.all([
      keep(startMongo({ nodes: mongoNodes, announce, auth: true })),
      keep(startRedisPair()),
      keep(startQueue()),
      keep(startSes())
    ])
    const proxies: Proxies = {
      mongo: members,
      redis: [await toxiproxy.proxy("redis", redis.address.port)],
      sqs: [await toxiproxy.proxy("sqs", sqs.node.port)],
      ses: [await toxiproxy.proxy("ses", ses.node.port)]
    }
    const client = new mongo.MongoClient(mongoSet.address.uri, {
      serverSelectionTimeoutMS: 2000,
      connectTimeoutMS: 2000,
      heartbeatFrequencyMS: 500,
      readConcernLevel: "majority"
    })
    await client.db("admin").command({
      ...{ createUser: programsUser.user, pwd: programsUser.password, roles: ["root"] },
      writeConcern: { w: "majority" }
    })
    const sqsClient = testSqsClient(sqs.address.endpoint)
    return {
      ...{ proxies, mongo: mongoSet, redis, sqs, ses },
      clients: { mongo: client, sqs: sqsClient, ses: sesControl(ses.address.endpoint) },
      from: [toxiproxy, mongoSet, redis, sqs, ses].map((service) => service.from),
      stop: async () => {
        await client.close()
        sqsClient.destroy()
        await stop()
      }
    }
  } catch (error) {
    await stop()
    throw error
  }
}
