// SQS and SES, each with the check that `/readyz` makes of it.
import { Layer } from "effect"
import * as SesClient from "../../layers/aws/SesClient.ts"
import * as SesMailer from "../../layers/aws/SesMailer.ts"
import * as SqsClient from "../../layers/aws/SqsClient.ts"
import * as SqsDeadLetters from "../../layers/aws/SqsDeadLetters.ts"
import * as SqsOrderQueue from "../../layers/aws/SqsOrderQueue.ts"
import * as usableQueues from "../../layers/aws/usableQueues.ts"
import { giveUpDeliveries, giveUpSeconds } from "../../worker/schedules.ts"
import type { WorkerConfig } from "../config/config.ts"
import { asks, Ses, Sqs } from "../readiness.ts"

/** Does SQS know the order queue? */
const asksSqs = (queueUrl: string) =>
  asks(
    Sqs,
    SqsClient.SqsClient.use(({ problem }) => problem(queueUrl))
  )

/** Does SES answer, and is there quota left? */
const asksSes = asks(
  Ses,
  SesClient.SesClient.use(({ problem }) => problem)
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
