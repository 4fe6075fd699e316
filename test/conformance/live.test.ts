// The suite against the API as `npm start` runs it: on Node's HTTP server, over sockets, on the layers for MongoDB, with a
// database of its own, Redis, and a pair of queues.
import { Exit, Scope } from "effect"
import { listen } from "../../src/http/NodeServer.ts"
import { withDatabase } from "../../tools/harness/mongo.ts"
import { createQueues, deleteQueues } from "../../tools/harness/queues.ts"
import { describeWith } from "../suite.ts"
import { embedded } from "./embedded.ts"
import { liveDependencies } from "./liveDependencies.ts"
import { conformance } from "./suite.ts"

describeWith(["mongo", "redis", "sqs"], "on real services", ({ mongo, redis, sqs }) => {
  conformance(
    "the API on a Node server and live layers",
    async () => {
      const queues = await createQueues(sqs.endpoint)
      const services = {
        mongoUri: withDatabase(mongo.uri),
        redis,
        sqsEndpoint: sqs.endpoint,
        queues
      }
      const system = await embedded({
        dependencies: liveDependencies(services),
        app: { bodiesAreFramed: true }
      })
      const scope = await system.run(Scope.make())
      const server = { fetch: system.app.fetch, host: "127.0.0.1", port: 0, waitForClients: false }
      const { port } = await system.run(Scope.provide(listen(server), scope))
      return {
        ...system,
        fetch,
        origin: `http://127.0.0.1:${port}`,
        [Symbol.asyncDispose]: async () => {
          await system.run(Scope.close(scope, Exit.void))
          await system[Symbol.asyncDispose]()
          await deleteQueues(queues)
        }
      }
    },
    { settles: true }
  )
})
