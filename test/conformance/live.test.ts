// The suite against the API on the layers of `npm start`: MongoDB with a database of its own, Redis, and a pair of
// queues. Mails and SMS go to the embedded mailbox, where the suite reads the codes.
import { Layer, Redacted } from "effect"
import { migrate } from "../../src/layers/mongo/migrate.ts"
import * as live from "../../src/programs/live.ts"
import { withDatabase } from "../../tools/harness/mongo.ts"
import { awsTestAccess, createQueues, deleteQueues } from "../../tools/harness/queues.ts"
import { describeWith } from "../suite.ts"
import { embedded, mailsPerSecond } from "./embedded.ts"
import { conformance } from "./suite.ts"

describeWith(["mongo", "redis", "sqs"], "on real services", ({ mongo, redis, sqs }) => {
  const stores = () =>
    Layer.effectDiscard(migrate).pipe(
      Layer.provideMerge(live.mongo(Redacted.make(withDatabase(mongo.uri))))
    )
  const { host, port, password } = redis
  const secret = password === undefined ? undefined : Redacted.make(password)
  const cacheAndLimits = live.redis(
    { host, port, username: undefined, password: secret, tls: "false", cluster: "false" },
    { factor: 10_000 },
    mailsPerSecond
  )
  const { region, credentials } = awsTestAccess

  conformance(
    "the API on live layers",
    async () => {
      const queues = await createQueues(sqs.endpoint)
      const access = {
        region,
        profile: undefined,
        accessKeyId: credentials.accessKeyId,
        secretAccessKey: Redacted.make(credentials.secretAccessKey),
        sqsEndpoint: sqs.endpoint,
        sessionToken: undefined,
        sesEndpoint: undefined
      }
      const queue = live.sqs(access, {
        queueUrl: queues.queueUrl,
        deadLetterQueueUrl: queues.dlqUrl
      })
      const dependencies = Layer.mergeAll(stores(), cacheAndLimits, queue).pipe(Layer.orDie)
      const system = await embedded({ dependencies })
      return {
        ...system,
        [Symbol.asyncDispose]: async () => {
          await system[Symbol.asyncDispose]()
          await deleteQueues(queues)
        }
      }
    },
    { settles: true }
  )
})
