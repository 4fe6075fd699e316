// The real dependencies: MongoDB, Redis, SQS, SES and Twilio. Nothing here falls back to an embedded part. The files of
// live/ are separate so that a command loads only the clients that it uses.
import { Layer } from "effect"
import * as RestrictedSms from "../layers/runtime/RestrictedSms.ts"
import * as NoSms from "../layers/twilio/NoSms.ts"
import * as TwilioSms from "../layers/twilio/TwilioSms.ts"
import { Shop } from "../services/mails/Shop.ts"
import type { ApiConfig, WorkerConfig } from "./config/config.ts"
import { ses, sqs, usableSqs } from "./live/aws.ts"
import { mongo } from "./live/mongo.ts"
import { redis, redisBetweenRequests } from "./live/redis.ts"

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
 * The same for hosts that stop a process between requests. Queues are not looked at first, which would be with each
 * start: `doctor` does.
 */
export const liveBetweenRequests = (
  config: Parameters<typeof live>[0],
  limits: ApiConfig["limits"]
) =>
  Layer.mergeAll(
    mongo(config.mongoUri),
    redisBetweenRequests(config.redis, limits, config.mailsPerSecond),
    sqs(config.aws, { queueUrl: config.queueUrl, deadLetterQueueUrl: config.deadLetterUrl }),
    ses(config.aws, config.sender),
    Layer.succeed(Shop, config.shop)
  )
