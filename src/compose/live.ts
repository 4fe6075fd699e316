// The live parts that API and worker share: nothing in here falls back to an embedded one.
import { Layer } from "effect"
import type { WorkerConfig } from "../config/config.ts"
import { sesClient, sqsClient } from "./aws.ts"
import { type Limits, redis } from "./cache.ts"
import { mongo } from "./database.ts"
import { ses } from "./messaging.ts"
import { sqs } from "./queue.ts"

export type LiveConfig = Omit<WorkerConfig, "worker" | "logs" | "traces">

export const live = (config: LiveConfig, limits: Limits) =>
  Layer.mergeAll(
    mongo(config.mongoUri),
    redis({ ...config.redis, tls: config.redis.tls === "true" }, limits),
    sqs(sqsClient(config.aws), {
      queueUrl: config.queueUrl,
      deadLetterQueueUrl: config.deadLetterUrl
    }),
    ses(sesClient(config.aws), config.sender)
  )
