// The order queue and its dead letters: SQS, or embedded.
import { Layer } from "effect"
import type { AwsAccess } from "../layers/aws/AwsAccess.ts"
import * as SqsClient from "../layers/aws/SqsClient.ts"
import * as SqsDeadLetters from "../layers/aws/SqsDeadLetters.ts"
import * as SqsOrderQueue from "../layers/aws/SqsOrderQueue.ts"
import * as MemoryDeadLetters from "../layers/memory/MemoryDeadLetters.ts"
import * as MemoryOrderQueue from "../layers/memory/MemoryOrderQueue.ts"
import { check, SqsCheck } from "./checks.ts"

export const sqs = (client: AwsAccess, queue: SqsDeadLetters.SqsDeadLettersOptions) =>
  Layer.merge(
    SqsDeadLetters.layer(queue).pipe(Layer.provideMerge(SqsOrderQueue.layer(queue))),
    check(
      SqsCheck,
      SqsClient.SqsClient.use(({ problem }) => problem(queue.queueUrl))
    )
  ).pipe(Layer.provide(SqsClient.layer(client)))

export const memory = MemoryDeadLetters.layer.pipe(Layer.provideMerge(MemoryOrderQueue.layer({})))
