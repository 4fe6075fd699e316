// The adapters of SQS on ElasticMQ, a server by other people than fauxqs, where they have to find the dead-letter queue.
import { Effect } from "effect"
import { deadLettersContract } from "../../contract/deadLetters.ts"
import { orderQueueContract } from "../../contract/orderQueue.ts"
import { describeWithElasticMq } from "../../suite.ts"
import { deadLettersOn, orderQueueOn } from "./sqsSubjects.ts"

await describeWithElasticMq(
  "the adapters of SQS on ElasticMQ",
  (elasticMq) => {
    const endpoint = Effect.sync(() => elasticMq().endpoint)
    orderQueueContract("OrderQueue, its dead-letter queue found", orderQueueOn(endpoint, false))
    deadLettersContract("DeadLetters, their queue found", deadLettersOn(endpoint, false))
  },
  { concurrent: true }
)
