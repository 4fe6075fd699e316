// The suite against the API on the layers of `npm start`: MongoDB with a database of its own, Redis, and a pair of
// queues.
import { withDatabase } from "../../tools/harness/mongo.ts"
import { createQueues, deleteQueues } from "../../tools/harness/queues.ts"
import { describeWith } from "../suite.ts"
import { embedded } from "./embedded.ts"
import { liveDependencies } from "./liveDependencies.ts"
import { conformance } from "./suite.ts"

describeWith(["mongo", "redis", "sqs"], "on real services", ({ mongo, redis, sqs }) => {
  conformance(
    "the API on live layers",
    async () => {
      const queues = await createQueues(sqs.endpoint)
      const services = {
        mongoUri: withDatabase(mongo.uri),
        redis,
        sqsEndpoint: sqs.endpoint,
        queues
      }
      const system = await embedded({ dependencies: liveDependencies(services) })
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
