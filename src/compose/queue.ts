// The order queue: SQS, or embedded.
import { Layer } from "effect"
import * as SqsClient from "../layers/aws/SqsClient.ts"
import * as SqsOrderQueue from "../layers/aws/SqsOrderQueue.ts"
import * as MemoryOrderQueue from "../layers/memory/MemoryOrderQueue.ts"
import { check, SqsCheck } from "./checks.ts"

export const sqs = (
  client: SqsClient.SqsClientOptions,
  queue: SqsOrderQueue.SqsOrderQueueOptions
) =>
  Layer.merge(
    SqsOrderQueue.layer(queue),
    check(
      SqsCheck,
      SqsClient.SqsClient.use(({ problem }) => problem(queue.queueUrl))
    )
  ).pipe(Layer.provide(SqsClient.layer(client)))

export const memory = MemoryOrderQueue.layer({})
