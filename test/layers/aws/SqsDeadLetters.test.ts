import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Duration, Effect, Fiber, Layer } from "effect"
import * as SqsDeadLetters from "../../../src/layers/aws/SqsDeadLetters.ts"
import * as SqsOrderQueue from "../../../src/layers/aws/SqsOrderQueue.ts"
import { DeadLetters } from "../../../src/services/orders/ports/DeadLetters.ts"
import { deadLettersContract } from "../../contract/deadLetters.ts"
import { describeWith } from "../../suite.ts"
import { type SqsAnswer, type SqsCall, sqsStub } from "./sqsStub.ts"
import { clientOf, deadLettersOn } from "./sqsSubjects.ts"

describeWith(
  ["sqs"],
  "SqsDeadLetters on fauxqs",
  ({ sqs }) => {
    deadLettersContract("DeadLetters on SQS", deadLettersOn(Effect.succeed(sqs.endpoint), true))
  },
  { concurrent: true }
)

describe("SqsDeadLetters", () => {
  const open = Effect.fnUntraced(function* (
    answer: (call: SqsCall) => SqsAnswer | undefined,
    withinSeconds = 5
  ) {
    const { endpoint, calls } = yield* sqsStub(answer)
    const queues = {
      queueUrl: `${endpoint}/1/orders`,
      deadLetterQueueUrl: `${endpoint}/1/orders-dead`
    }
    const letters = yield* SqsDeadLetters.layer({ ...queues, withinSeconds }).pipe(
      Layer.provide(SqsOrderQueue.layer(queues)),
      Layer.provide(clientOf(endpoint)),
      Layer.build,
      Effect.map(Context.get(DeadLetters))
    )
    return { letters, calls }
  })

  // The SDK compares them.
  const md5OfBody = createHash("md5").update("not an order").digest("hex")
  const message = (id: string) => ({
    MessageId: id,
    ReceiptHandle: `receipt of ${id}`,
    Body: "not an order",
    MD5OfBody: md5OfBody,
    Attributes: { SentTimestamp: "1", ApproximateReceiveCount: "1" }
  })
  /** Answers of a queue that holds these, page by page, and accepts every command. */
  const holding = (...pages: ReadonlyArray<ReadonlyArray<string>>) => {
    let next = 0
    return ({ action }: SqsCall): SqsAnswer => ({
      status: 200,
      body: action === "ReceiveMessage" ? { Messages: pages[next++]?.map(message) } : {}
    })
  }
  const actions = (calls: ReadonlyArray<SqsCall>) => calls.map(({ action }) => action)
  /** Which messages the calls of one kind were about. */
  const touched = (calls: ReadonlyArray<SqsCall>, action: string) =>
    calls
      .filter((call) => call.action === action)
      .flatMap(({ input }) =>
        input.Entries.map(({ ReceiptHandle }: { ReceiptHandle: string }) =>
          ReceiptHandle.replace("receipt of ", "")
        )
      )
  const unavailable: SqsAnswer = { status: 503, body: { __type: "ServiceUnavailable" } }

  it.live(
    "hides the messages that it lists for longer than that takes, and then makes them visible",
    () =>
      Effect.gen(function* () {
        const { letters, calls } = yield* open(holding(["a", "b"], ["c"]))
        assert.strictEqual((yield* letters.list(10)).length, 3)
        assert.deepStrictEqual(actions(calls), [
          "ReceiveMessage",
          "ReceiveMessage",
          "ReceiveMessage",
          "ChangeMessageVisibilityBatch"
        ])
        const [receive] = calls
        assert.isAbove(receive?.input.VisibilityTimeout, 10)
        assert.deepStrictEqual(touched(calls, "ChangeMessageVisibilityBatch"), ["a", "b", "c"])
        for (const { VisibilityTimeout } of calls.at(-1)?.input.Entries ?? [])
          assert.strictEqual(VisibilityTimeout, 0)
      })
  )

  it.live(
    "sends before it deletes, page by page, and stops when it has all requested messages",
    () =>
      Effect.gen(function* () {
        const { letters, calls } = yield* open(holding(["a", "b"], ["c"], ["d"]))
        const result = yield* letters.redrive(["b", "c"])
        assert.deepStrictEqual(result, { matched: 2, notFound: [], complete: true })
        assert.deepStrictEqual(actions(calls), [
          "ReceiveMessage",
          "SendMessageBatch",
          "DeleteMessageBatch",
          "ReceiveMessage",
          "SendMessageBatch",
          "DeleteMessageBatch",
          "ChangeMessageVisibilityBatch"
        ])
        assert.deepStrictEqual(touched(calls, "DeleteMessageBatch"), ["b", "c"])
        assert.deepStrictEqual(touched(calls, "ChangeMessageVisibilityBatch"), ["a"])
      })
  )

  it.live("makes a message visible again when it could not be sent, and does not delete it", () =>
    Effect.gen(function* () {
      const held = holding(["a", "b"])
      const { letters, calls } = yield* open((call) =>
        call.action === "SendMessageBatch" ? unavailable : held(call)
      )
      const error = yield* Effect.flip(letters.redrive("all"))
      assert.deepInclude(error, { operation: "redrive", reason: "unavailable" })
      assert.notInclude(actions(calls), "DeleteMessageBatch")
      assert.deepStrictEqual(touched(calls, "ChangeMessageVisibilityBatch"), ["a", "b"])
    })
  )

  it.live("makes a message visible again when it could not be deleted, and does not count it", () =>
    Effect.gen(function* () {
      const held = holding(["a", "b"])
      const Failed = [{ Id: "0", Code: "InternalError", SenderFault: false }]
      const { letters, calls } = yield* open((call) =>
        call.action === "DeleteMessageBatch" ? { status: 200, body: { Failed } } : held(call)
      )
      const result = yield* letters.drop("all")
      assert.deepStrictEqual(result, { matched: 1, notFound: [], complete: true })
      assert.deepStrictEqual(touched(calls, "ChangeMessageVisibilityBatch"), ["a"])
    })
  )

  it.live("makes its messages visible again when it is interrupted", () =>
    Effect.gen(function* () {
      const waits = yield* Deferred.make<void>()
      const held = holding(["a", "b"])
      let receives = 0
      const { letters, calls } = yield* open((call) => {
        if (call.action !== "ReceiveMessage" || ++receives === 1) return held(call)
        Deferred.doneUnsafe(waits, Effect.void)
        return undefined
      })
      const listing = yield* Effect.forkChild(letters.list(10), { startImmediately: true })
      yield* Deferred.await(waits)
      yield* Fiber.interrupt(listing)
      assert.deepStrictEqual(touched(calls, "ChangeMessageVisibilityBatch"), ["a", "b"])
    })
  )

  it.live("ends within its deadline on a queue without end, and reports that", () =>
    Effect.gen(function* () {
      let next = 0
      const { letters, calls } = yield* open(
        ({ action }) => ({
          status: 200,
          body: action === "ReceiveMessage" ? { Messages: [message(String(next++))] } : {}
        }),
        1
      )
      const [elapsed, result] = yield* Effect.timed(letters.drop(["nowhere"]))
      assert.deepStrictEqual(result, { matched: 0, notFound: ["nowhere"], complete: false })
      assert.isBelow(Duration.toMillis(elapsed), 5000)
      assert.strictEqual(touched(calls, "ChangeMessageVisibilityBatch").length, next)
    })
  )

  it.live("fails within its deadline at a queue that does not answer", () =>
    Effect.gen(function* () {
      const { letters } = yield* open(() => undefined, 1)
      const [elapsed, error] = yield* Effect.timed(Effect.flip(letters.list(10)))
      assert.deepInclude(error, { operation: "list", reason: "unavailable" })
      assert.isBelow(Duration.toMillis(elapsed), 5000)
    })
  )
})
