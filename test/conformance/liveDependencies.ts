// The layers of `npm start` on the services of a test run. Mails and SMS stay with the embedded mailbox, where the suite
// reads the codes.
import { Layer, Redacted } from "effect"
import { migrate } from "../../src/layers/mongo/migrate.ts"
import { sqs } from "../../src/programs/live/aws.ts"
import { mongo } from "../../src/programs/live/mongo.ts"
import { redis as redisLayer } from "../../src/programs/live/redis.ts"
import { awsTestAccess, type QueuePair } from "../../tools/harness/queues.ts"
import type { RedisAddress } from "../../tools/harness/redis.ts"
import { type Dependencies, mailsPerSecond } from "./embedded.ts"

export interface LiveServices {
  /** Names the database. */
  readonly mongoUri: string
  readonly redis: RedisAddress
  readonly sqsEndpoint: string
  readonly queues: QueuePair
}

export const liveDependencies = (services: LiveServices): Layer.Layer<Dependencies> => {
  const { mongoUri, redis, sqsEndpoint, queues } = services
  const stores = Layer.effectDiscard(migrate).pipe(
    Layer.provideMerge(mongo(Redacted.make(mongoUri)))
  )
  const { host, port, password } = redis
  const secret = password === undefined ? undefined : Redacted.make(password)
  const cacheAndLimits = redisLayer(
    { host, port, username: undefined, password: secret, tls: "false", cluster: "false" },
    { factor: 10_000 },
    mailsPerSecond
  )
  const { region, credentials } = awsTestAccess
  const access = {
    region,
    profile: undefined,
    accessKeyId: credentials.accessKeyId,
    secretAccessKey: Redacted.make(credentials.secretAccessKey),
    sqsEndpoint,
    sessionToken: undefined,
    sesEndpoint: undefined
  }
  const queue = sqs(access, {
    queueUrl: queues.queueUrl,
    deadLetterQueueUrl: queues.dlqUrl
  })
  return Layer.mergeAll(stores, cacheAndLimits, queue).pipe(Layer.orDie)
}
