// The real dependencies: MongoDB, Redis, SQS, SES and Twilio, each with the check that `/readyz` makes of
// it. Nothing here falls back to an embedded part.
import { Layer, type Redacted } from "effect"
import * as SesClient from "../layers/aws/SesClient.ts"
import * as SesMailer from "../layers/aws/SesMailer.ts"
import * as SqsClient from "../layers/aws/SqsClient.ts"
import * as SqsDeadLetters from "../layers/aws/SqsDeadLetters.ts"
import * as SqsOrderQueue from "../layers/aws/SqsOrderQueue.ts"
import * as usableQueues from "../layers/aws/usableQueues.ts"
import * as abandonedTransactions from "../layers/mongo/abandonedTransactions.ts"
import * as MongoAccountStore from "../layers/mongo/MongoAccountStore.ts"
import * as MongoAuditLog from "../layers/mongo/MongoAuditLog.ts"
import * as MongoConnection from "../layers/mongo/MongoConnection.ts"
import * as MongoOrderSearch from "../layers/mongo/MongoOrderSearch.ts"
import * as MongoOrderStore from "../layers/mongo/MongoOrderStore.ts"
import * as MongoProductStore from "../layers/mongo/MongoProductStore.ts"
import * as MongoSessionStore from "../layers/mongo/MongoSessionStore.ts"
import * as MongoVerificationStore from "../layers/mongo/MongoVerificationStore.ts"
import * as RedisClient from "../layers/redis/RedisClient.ts"
import * as RedisClientCounts from "../layers/redis/RedisClientCounts.ts"
import * as RedisOrderCache from "../layers/redis/RedisOrderCache.ts"
import * as RedisOrderChanges from "../layers/redis/RedisOrderChanges.ts"
import * as RedisRateLimiter from "../layers/redis/RedisRateLimiter.ts"
import * as RedisSendRate from "../layers/redis/RedisSendRate.ts"
import * as RedisStreamSlots from "../layers/redis/RedisStreamSlots.ts"
import * as RestrictedSms from "../layers/runtime/RestrictedSms.ts"
import * as SettledClientLimit from "../layers/runtime/SettledClientLimit.ts"
import * as UnheardOrderChanges from "../layers/runtime/UnheardOrderChanges.ts"
import * as NoSms from "../layers/twilio/NoSms.ts"
import * as TwilioSms from "../layers/twilio/TwilioSms.ts"
import { Shop } from "../services/mails/Shop.ts"
import { giveUpDeliveries, giveUpSeconds } from "../worker/schedules.ts"
import type { ApiConfig, WorkerConfig } from "./config/config.ts"
import { asksMongo, asksRedis, asksSes, asksSqs } from "./readiness.ts"

/** Keeps the connection in the open for commands that need it, such as `migrate`. */
export const mongo = (uri: Redacted.Redacted) =>
  Layer.mergeAll(
    MongoAccountStore.layer,
    MongoVerificationStore.layer,
    MongoSessionStore.layer,
    MongoProductStore.layer,
    MongoOrderStore.layer,
    MongoOrderSearch.layer,
    MongoAuditLog.layer,
    abandonedTransactions.layer,
    asksMongo
  ).pipe(Layer.provideMerge(MongoConnection.layer({ uri })))

const keyPrefix = "order-processing:"

/** For processes that last: see `liveBetweenRequests` for others. */
const rateLimits = (limits: ApiConfig["limits"]) => {
  const options = { keyPrefix, ...limits }
  return SettledClientLimit.layer(limits).pipe(
    Layer.provide(Layer.merge(RedisRateLimiter.layer(options), RedisClientCounts.layer(options)))
  )
}

const redisOptions = ({ tls, cluster, ...rest }: WorkerConfig["redis"]) => ({
  ...rest,
  keyPrefix,
  tls: tls === "true",
  cluster: cluster === "true"
})

export const redisClient = (options: WorkerConfig["redis"]) =>
  RedisClient.layer(redisOptions(options))

/** What each process asks of Redis, whether or not it lasts. */
const redisPorts = (mailsPerSecond: number) =>
  Layer.mergeAll(
    RedisOrderCache.layer({ keyPrefix }),
    RedisStreamSlots.layer({ keyPrefix }),
    RedisSendRate.layer({ keyPrefix, maxPerSecond: mailsPerSecond }),
    asksRedis
  )

/** The cache with word of its changes, the limits, and the rate of mails: `mailsPerSecond` of all processes together. */
export const redis = (
  options: WorkerConfig["redis"],
  limits: ApiConfig["limits"],
  mailsPerSecond: number
) =>
  Layer.merge(redisPorts(mailsPerSecond), rateLimits(limits)).pipe(
    Layer.provide(redisClient(options)),
    Layer.merge(RedisOrderChanges.layer(redisOptions(options)))
  )

type Aws = WorkerConfig["aws"]

/**
 * What is not configured, the SDK's chain provides. It gives a profile precedence over keys, so both are left to it
 * where a profile is named.
 */
const access = ({ region, profile, accessKeyId, secretAccessKey, sessionToken }: Aws) => ({
  region,
  credentials:
    profile !== undefined || accessKeyId === undefined || secretAccessKey === undefined
      ? undefined
      : { accessKeyId, secretAccessKey, sessionToken }
})

const queuePorts = (queues: SqsDeadLetters.SqsDeadLettersOptions) =>
  Layer.merge(
    SqsDeadLetters.layer(queues).pipe(Layer.provideMerge(SqsOrderQueue.layer(queues))),
    asksSqs(queues.queueUrl)
  )

export const sqsClient = (aws: Aws) =>
  SqsClient.layer({ ...access(aws), endpoint: aws.sqsEndpoint })

/** The order queue and its dead letters, usable or not: for commands that mend. */
export const sqs = (aws: Aws, queues: SqsDeadLetters.SqsDeadLettersOptions) =>
  queuePorts(queues).pipe(Layer.provide(sqsClient(aws)))

/** The same, refused where the worker could not work with them. */
export const usableSqs = (aws: Aws, queues: SqsDeadLetters.SqsDeadLettersOptions) =>
  Layer.merge(
    queuePorts(queues),
    usableQueues.layer({
      ...queues,
      deliveries: giveUpDeliveries,
      retentionSeconds: giveUpSeconds
    })
  ).pipe(Layer.provide(sqsClient(aws)))

export const sesClient = (aws: Aws) =>
  SesClient.layer({ ...access(aws), endpoint: aws.sesEndpoint })

export const ses = (aws: Aws, sender: string) =>
  Layer.merge(SesMailer.layer({ sender }), asksSes).pipe(Layer.provide(sesClient(aws)))

/** To some countries only. Without an account there is no SMS, and the endpoints say so. */
export const sms = ({ twilio, sms: countries }: Pick<ApiConfig, "twilio" | "sms">) =>
  RestrictedSms.layer(countries).pipe(
    Layer.provide(twilio === undefined ? NoSms.layer : TwilioSms.layer(twilio))
  )

/** What API and worker share. */
export const live = (
  config: Omit<WorkerConfig, "worker" | "logs" | "traces" | "revision">,
  limits: ApiConfig["limits"]
) =>
  Layer.mergeAll(
    mongo(config.mongoUri),
    redis(config.redis, limits, config.mailsPerSecond),
    usableSqs(config.aws, { queueUrl: config.queueUrl, deadLetterQueueUrl: config.deadLetterUrl }),
    ses(config.aws, config.sender),
    Layer.succeed(Shop, config.shop)
  )

/**
 * The same for hosts that stop a process between requests: every request is counted in Redis itself, and no connection
 * waits for word of changes. Queues are not looked at first, which would be with each start: `doctor` does.
 */
export const liveBetweenRequests = (
  config: Parameters<typeof live>[0],
  limits: ApiConfig["limits"]
) =>
  Layer.mergeAll(
    mongo(config.mongoUri),
    Layer.merge(
      redisPorts(config.mailsPerSecond),
      RedisRateLimiter.layer({ keyPrefix, ...limits })
    ).pipe(Layer.provide(redisClient(config.redis))),
    UnheardOrderChanges.layer,
    sqs(config.aws, { queueUrl: config.queueUrl, deadLetterQueueUrl: config.deadLetterUrl }),
    ses(config.aws, config.sender),
    Layer.succeed(Shop, config.shop)
  )
