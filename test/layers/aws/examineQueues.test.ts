import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { examineQueues } from "../../../src/layers/aws/examineQueues.ts"
import * as SqsClient from "../../../src/layers/aws/SqsClient.ts"
import { createQueues, depthOf, testSqsClient } from "../../../tools/harness/queues.ts"
import { nobodyListens } from "../../misbehaving.ts"
import { describeWith } from "../../suite.ts"
import { type SqsAnswer, type SqsCall, sqsStub } from "./sqsStub.ts"

const examined = Effect.fnUntraced(function* (
  endpoint: string,
  queueUrl = `${endpoint}/1/orders`,
  deadLetterQueueUrl?: string
) {
  const findings = yield* examineQueues({
    ...{ queueUrl, deadLetterQueueUrl },
    ...{ deliveries: 7, retentionSeconds: 1800 }
  }).pipe(
    Effect.provide(
      SqsClient.layer({
        endpoint,
        region: "us-east-1",
        credentials: { accessKeyId: "test", secretAccessKey: Redacted.make("test") }
      })
    )
  )
  for (const { says, mend = "" } of findings) assert.notInclude(`${says} ${mend}`, "CANARY")
  return Object.fromEntries(findings.map(({ check, state, says }) => [check, [state, says]]))
})

const refusal = (name: string): SqsAnswer => ({
  status: 400,
  body: { __type: `com.amazonaws.sqs#${name}`, message: "CANARY" }
})
const attributes = (given: Readonly<Record<string, string>>): SqsAnswer => ({
  status: 200,
  body: { Attributes: { QueueArn: "arn", MessageRetentionPeriod: "345600", ...given } }
})
const redrive = JSON.stringify({
  deadLetterTargetArn: "arn:aws:sqs:us-east-1:1:dead",
  maxReceiveCount: 100
})

interface Given {
  readonly denied?: ReadonlyArray<string>
  readonly attributes?: Readonly<Record<string, string>>
  /** Actions of which it looks at what is asked first, and at the queue and the rights later. */
  readonly asksFirst?: ReadonlyArray<string>
  readonly throttled?: ReadonlyArray<string>
}

/** What each action has to say of what is asked. */
const malformed: Readonly<Record<string, string>> = {
  SendMessageBatch: "EmptyBatchRequest",
  ReceiveMessage: "InvalidParameterValue"
}
const isMalformed = (action: string) => refusal(malformed[action] ?? "ReceiptHandleIsInvalid")

const answerOf = (
  { denied = [], attributes: shown = {}, asksFirst = [], throttled = [] }: Given,
  { action, input }: SqsCall
): SqsAnswer => {
  if (throttled.includes(action)) return refusal("RequestThrottled")
  if (asksFirst.includes(action)) return isMalformed(action)
  if (denied.includes(action)) return refusal("AccessDenied")
  if (action === "GetQueueAttributes") return attributes(shown)
  if (action === "GetQueueUrl") return { status: 200, body: { QueueUrl: "http://sqs/1/dead" } }
  if (input.QueueUrl.endsWith("-is-not-there")) return refusal("QueueDoesNotExist")
  return isMalformed(action)
}

/** AWS as it answers these calls: rights and the queue first, then what is asked. */
const aws = (given: Given) => sqsStub((call) => answerOf(given, call))

describe("the check of the queues", () => {
  it.live("names missing rights, for each queue", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* aws({
        denied: ["ReceiveMessage", "SendMessageBatch"],
        attributes: { RedrivePolicy: redrive }
      })
      const found = yield* examined(endpoint)
      for (const check of ["rights", "dead letters"]) {
        const [state, says = ""] = found[check] ?? []
        assert.strictEqual(state, "warning")
        assert.include(says, "may not sqs:SendMessage, sqs:ReceiveMessage")
      }
      assert.deepStrictEqual(found["attributes"]?.[0], "ok")
    })
  )

  it.live("knows a right when SQS checks it first, and not otherwise", () =>
    Effect.gen(function* () {
      const shown = { attributes: { RedrivePolicy: redrive } }
      const { endpoint, calls } = yield* aws({ ...shown, asksFirst: ["SendMessageBatch"] })
      const found = yield* examined(endpoint)
      assert.deepStrictEqual(found["rights"], [
        "ok",
        "these credentials may sqs:ReceiveMessage, sqs:DeleteMessage, sqs:ChangeMessageVisibility; SQS does not tell before it is done whether they may sqs:SendMessage"
      ])
      // None of them could have done anything.
      const inputsOf = (field: string) =>
        calls.flatMap(({ input }) => (field in input ? [input[field]] : []))
      assert.deepStrictEqual(inputsOf("Entries"), [[], [], [], []])
      assert.deepStrictEqual(inputsOf("MaxNumberOfMessages"), [11, 11, 11, 11])
      assert.deepStrictEqual([...new Set(inputsOf("ReceiptHandle"))], ["none"])
      // A right that is denied after what was asked looks as one that is there.
      const blind = yield* aws({
        ...shown,
        asksFirst: ["DeleteMessage"],
        denied: ["DeleteMessage"]
      })
      const [state, says = ""] = (yield* examined(blind.endpoint))["rights"] ?? []
      assert.strictEqual(state, "ok")
      assert.match(says, /does not tell .* sqs:DeleteMessage$/u)
    })
  )

  it.live("fails the check of rights while SQS throttles", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* aws({
        throttled: ["DeleteMessage"],
        attributes: { RedrivePolicy: redrive }
      })
      assert.strictEqual((yield* examined(endpoint))["rights"]?.[0], "failure")
    })
  )

  it.live(
    "fails for a redrive policy that conflicts with the worker, and without a dead-letter queue",
    () =>
      Effect.gen(function* () {
        const { endpoint } = yield* aws({ attributes: { MessageRetentionPeriod: "60" } })
        const found = yield* examined(endpoint)
        assert.strictEqual(found["attributes"]?.[0], "failure")
        assert.include(found["attributes"]?.[1], "keeps messages for 60 s")
        assert.strictEqual(found["dead letters"]?.[0], "failure")
        assert.include(found["dead letters"]?.[1], "no dead-letter queue is configured")
      })
  )

  it.live("stops when SQS is unavailable", () =>
    Effect.gen(function* () {
      const found = yield* examined(yield* nobodyListens)
      assert.deepStrictEqual(Object.keys(found), ["order queue"])
      assert.strictEqual(found["order queue"]?.[0], "failure")
    })
  )
})

describeWith(["sqs"], "on a server of SQS", ({ sqs }) => {
  it.live("passes sound queues, and leaves their messages as they are", () =>
    Effect.gen(function* () {
      const { queueUrl, dlqUrl } = yield* Effect.promise(() => createQueues(sqs.endpoint))
      const client = testSqsClient(sqs.endpoint)
      const found = yield* examined(sqs.endpoint, queueUrl, dlqUrl)
      for (const [check, [state]] of Object.entries(found)) assert.strictEqual(state, "ok", check)
      assert.lengthOf(Object.keys(found), 4)
      for (const url of [queueUrl, dlqUrl])
        assert.strictEqual(yield* Effect.promise(() => depthOf(client, url)), 0)
      client.destroy()
    })
  )

  it.live("fails for a missing dead-letter queue", () =>
    Effect.gen(function* () {
      const { queueUrl } = yield* Effect.promise(() => createQueues(sqs.endpoint))
      const found = yield* examined(sqs.endpoint, queueUrl, `${queueUrl}-nowhere`)
      assert.strictEqual(found["dead letters"]?.[0], "failure")
    })
  )
})
