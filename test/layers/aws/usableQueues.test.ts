import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import * as SqsClient from "../../../src/layers/aws/SqsClient.ts"
import * as usableQueues from "../../../src/layers/aws/usableQueues.ts"
import { giveUpDeliveries, giveUpSeconds } from "../../../src/worker/schedules.ts"
import { nobodyListens } from "../../misbehaving.ts"
import { spoken } from "../../spoken.ts"
import { type SqsAnswer, sqsStub } from "./sqsStub.ts"

const starting = (
  endpoint: string,
  queueUrl = `${endpoint}/1/orders`,
  deadLetterQueueUrl?: string
) =>
  Effect.scoped(
    Layer.build(
      usableQueues
        .layer({
          ...{ queueUrl, deadLetterQueueUrl },
          deliveries: giveUpDeliveries,
          retentionSeconds: giveUpSeconds
        })
        .pipe(
          Layer.provide(
            SqsClient.layer({
              endpoint,
              region: "us-east-1",
              credentials: { accessKeyId: "AK", secretAccessKey: Redacted.make("secret") }
            })
          )
        )
    )
  )

const redrive = (maxReceiveCount: unknown) =>
  JSON.stringify({ deadLetterTargetArn: "arn:aws:sqs:us-east-1:1:dead", maxReceiveCount })
const queue = (attributes: Readonly<Record<string, string>>): SqsAnswer => ({
  status: 200,
  body: {
    Attributes: { RedrivePolicy: redrive(100), MessageRetentionPeriod: "345600", ...attributes }
  }
})
const refusal = (status: number, name: string): SqsAnswer => ({
  status,
  body: { __type: `com.amazonaws.sqs#${name}`, message: "CANARY" }
})

describe("an unusable queue is refused at start, with how to repair it", () => {
  it.live("a FIFO queue", () =>
    Effect.gen(function* () {
      const endpoint = yield* nobodyListens
      const error = yield* Effect.flip(starting(endpoint, `${endpoint}/1/orders.fifo`))
      assert.include(error.message, "AWS_SQS_QUEUE_URL names a FIFO queue")
      assert.include(error.message, "make a standard queue")
    })
  )

  it.live("a dead-letter queue that is FIFO, or the order queue itself", () =>
    Effect.gen(function* () {
      const endpoint = yield* nobodyListens
      const url = `${endpoint}/1/orders`
      const fifo = yield* Effect.flip(starting(endpoint, url, `${endpoint}/1/dead.fifo`))
      assert.include(fifo.message, "AWS_SQS_DLQ_URL names a FIFO queue")
      const same = yield* Effect.flip(starting(endpoint, url, url))
      assert.include(same.message, "AWS_SQS_DLQ_URL names the order queue itself")
    })
  )

  const refused: ReadonlyArray<readonly [string, SqsAnswer, string]> = [
    ["a redrive count of 1", queue({ RedrivePolicy: redrive(1) }), "set it to 8 or more"],
    ["the worker's own count", queue({ RedrivePolicy: redrive("7") }), "maxReceiveCount 7"],
    [
      "a retention shorter than the tries",
      queue({ MessageRetentionPeriod: "60" }),
      "keeps messages for 60 s"
    ],
    ["no permission", refusal(403, "AccessDenied"), "allow them sqs:GetQueueAttributes"],
    ["no permission, said otherwise", refusal(400, "AccessDeniedException"), "allow them"],
    ["unknown keys", refusal(403, "InvalidClientTokenId"), "check the AWS credentials"]
  ]
  for (const [what, answer, sentence] of refused)
    it.live(what, () =>
      Effect.gen(function* () {
        const { endpoint } = yield* sqsStub(() => answer)
        const error = yield* Effect.flip(starting(endpoint))
        assert.strictEqual(error._tag, "UnusableQueue")
        assert.include(error.message, sentence)
        assert.notInclude(error.message, "CANARY")
      })
    )
})

describe("a process starts", () => {
  const started: ReadonlyArray<readonly [string, SqsAnswer]> = [
    ["on a queue that works", queue({})],
    ["on one with a redrive count of 8", queue({ RedrivePolicy: redrive(8) })],
    ["where SQS fails", refusal(500, "InternalError")],
    ["where SQS throttles", refusal(400, "ThrottlingException")],
    ["where its token has just expired", refusal(403, "ExpiredToken")],
    ["where the queue is still to be made", refusal(400, "QueueDoesNotExist")],
    ["where SQS does not know the question", refusal(400, "InvalidAttributeName")],
    ["where the server tells no attributes", { status: 200, body: {} }]
  ]
  for (const [what, answer] of started)
    it.live(what, () =>
      Effect.gen(function* () {
        const { endpoint } = yield* sqsStub(() => answer)
        const words = yield* spoken(starting(endpoint))
        assert.notInclude(words, "CANARY")
        yield* starting(endpoint)
      })
    )

  it.live("when no server listens", () => Effect.flatMap(nobodyListens, (url) => starting(url)))

  it.live("when SQS does not answer, after 3 s", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* sqsStub(() => undefined)
      yield* starting(endpoint)
    })
  )
})
