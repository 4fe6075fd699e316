import { once } from "node:events"
import { createServer } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Duration, Effect, Exit, Fiber, Layer, Option } from "effect"
import type { AwsAccess } from "../../../src/layers/aws/AwsAccess.ts"
import * as SqsClient from "../../../src/layers/aws/SqsClient.ts"
import * as SqsOrderQueue from "../../../src/layers/aws/SqsOrderQueue.ts"
import { OrderQueue } from "../../../src/services/orders/ports/OrderQueue.ts"
import { freePort } from "../../../tools/harness/kept.ts"
import { DeadLetterProbe, orderQueueContract } from "../../contract/orderQueue.ts"
import { describeWith } from "../../suite.ts"
import { type SqsAnswer, type SqsCall, sqsStub } from "./sqsStub.ts"
import { freshQueues, optionsFor, orderQueueOn } from "./sqsSubjects.ts"

describeWith(
  ["sqs"],
  "SqsOrderQueue on fauxqs",
  ({ sqs }) => {
    orderQueueContract("OrderQueue on SQS", orderQueueOn(Effect.succeed(sqs.endpoint), true))

    it.live("reports a missing dead-letter queue, and keeps the message", () =>
      Effect.gen(function* () {
        const { dlqUrl } = yield* freshQueues(sqs.endpoint, {})
        // The dead-letter queue has none of its own.
        const queue = yield* open(optionsFor(sqs.endpoint), dlqUrl)
        yield* queue.send([{ body: "poison", traceparent: "" }])
        const [delivery] = yield* queue.receive({ max: 1, waitSeconds: 20, visibilitySeconds: 1 })
        assert.isDefined(delivery)
        const error = yield* Effect.flip(queue.deadLetter(delivery, "any"))
        assert.deepInclude(error, { operation: "deadLetter", reason: "denied" })
        assert.match(String(error.cause), /no dead-letter queue is configured/)
        const again = yield* queue.receive({ max: 1, waitSeconds: 20, visibilitySeconds: 1 })
        assert.strictEqual(again[0]?.body, "poison")
      })
    )

    it.live("accepts any text as the reason of a dead letter", () =>
      Effect.gen(function* () {
        const queue = yield* OrderQueue
        yield* queue.send([{ body: "poison", traceparent: "" }])
        const [delivery] = yield* queue.receive({ max: 1, waitSeconds: 20, visibilitySeconds: 30 })
        assert.isDefined(delivery)
        yield* queue.deadLetter(
          delivery,
          `null \u0000, half a pair \ud800, ${"long ".repeat(1000)}`
        )
        const [letter] = yield* (yield* DeadLetterProbe).list
        assert.match(letter?.reason ?? "", /^null {2}, half a pair {2}, long long/)
      }).pipe(Effect.provide(orderQueueOn(Effect.succeed(sqs.endpoint), true)({})))
    )

    it.live("is ready with its queue, and reports the problem without it", () =>
      Effect.gen(function* () {
        const { queueUrl } = yield* freshQueues(sqs.endpoint, {})
        const client = yield* openClient(optionsFor(sqs.endpoint))
        assert.deepStrictEqual(yield* client.problem(queueUrl), Option.none())
        assert.match(
          Option.getOrThrow(yield* client.problem(`${queueUrl}-gone`)),
          /QueueDoesNotExist/
        )
        const port = yield* Effect.promise(freePort)
        const nowhere = yield* openClient(optionsFor(`http://127.0.0.1:${port}`))
        assert.match(Option.getOrThrow(yield* nowhere.problem(queueUrl)), /ECONNREFUSED/)
      })
    )

    it.live("fails as denied when the queue does not exist", () =>
      Effect.gen(function* () {
        const queue = yield* open(optionsFor(sqs.endpoint), `${sqs.queueUrl}-gone`)
        const error = yield* Effect.flip(queue.send([{ body: "a", traceparent: "" }]))
        assert.deepInclude(error, { operation: "send", reason: "denied" })
      })
    )
  },
  { concurrent: true }
)

describe("SqsOrderQueue", () => {
  const stubbed = Effect.fnUntraced(function* (answer: (call: SqsCall) => SqsAnswer) {
    const { endpoint, calls } = yield* sqsStub(answer)
    return { queue: yield* open(optionsFor(endpoint), `${endpoint}/1/orders`), calls }
  })
  const bodies = (calls: ReadonlyArray<SqsCall>) =>
    calls.map(({ input }) =>
      input.Entries.map(({ MessageBody }: { MessageBody: string }) => MessageBody)
    )
  const messages = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ body: `m${i}`, traceparent: "" }))
  const throttled = { Code: "RequestThrottled", SenderFault: true }
  const internal = { Code: "InternalError", SenderFault: false }

  it.live("sends only the refused messages of a batch again", () =>
    Effect.gen(function* () {
      let refused = [1, 3]
      const { queue, calls } = yield* stubbed(() => {
        const Failed = refused.map((index) => ({ Id: String(index), ...internal }))
        refused = refused.length === 2 ? [3] : []
        return { status: 200, body: { Successful: [], Failed } }
      })
      yield* queue.send(messages(5))
      assert.deepStrictEqual(bodies(calls), [["m0", "m1", "m2", "m3", "m4"], ["m1", "m3"], ["m3"]])
    })
  )

  it.live("fails, once the other batches are sent, when a batch stays refused in part", () =>
    Effect.gen(function* () {
      const { queue, calls } = yield* stubbed(({ input }) => {
        const entry = input.Entries.find((e: { MessageBody: string }) => e.MessageBody === "m4")
        const Failed = entry === undefined ? [] : [{ Id: entry.Id, ...throttled }]
        return { status: 200, body: { Successful: [], Failed } }
      })
      const error = yield* Effect.flip(queue.send(messages(25)))
      assert.deepInclude(error, { operation: "send", reason: "throttled" })
      const sent = bodies(calls)
      assert.strictEqual(sent.filter((batch) => batch.includes("m4")).length, 3)
      assert.sameMembers(
        [...new Set(sent.flat())],
        messages(25).map(({ body }) => body)
      )
      assert.isTrue(sent.every((batch) => batch.length <= 10))
    })
  )

  it.live("dies of a message that SQS finds invalid, without sending it again", () =>
    Effect.gen(function* () {
      const Failed = [{ Id: "0", Code: "InvalidMessageContents", SenderFault: true }]
      const { queue, calls } = yield* stubbed(() => ({ status: 200, body: { Failed } }))
      const exit = yield* Effect.exit(queue.send(messages(1)))
      assert.isTrue(Exit.hasDies(exit))
      assert.strictEqual(calls.length, 1)
    })
  )

  it.live("returns the receipts that could not be deleted or hidden, of every batch", () =>
    Effect.gen(function* () {
      const { queue, calls } = yield* stubbed(({ input }) => ({
        status: 200,
        body: {
          Failed: input.Entries.filter(({ ReceiptHandle }: { ReceiptHandle: string }) =>
            ["r2", "r11"].includes(ReceiptHandle)
          ).map(({ Id }: { Id: string }) => ({ Id, ...internal }))
        }
      }))
      const receipts = Array.from({ length: 12 }, (_, i) => `r${i}`)
      assert.deepStrictEqual(yield* queue.acknowledge(receipts), ["r2", "r11"])
      const changes = receipts.map((receipt) => ({ receipt, seconds: 7 }))
      assert.deepStrictEqual(yield* queue.changeVisibility(changes), ["r2", "r11"])
      assert.deepStrictEqual(
        calls.map(({ action, input }) => [action, input.Entries.length]),
        [
          ["DeleteMessageBatch", 10],
          ["DeleteMessageBatch", 2],
          ["ChangeMessageVisibilityBatch", 10],
          ["ChangeMessageVisibilityBatch", 2]
        ]
      )
    })
  )

  it.live("aborts its long poll when it is interrupted", () =>
    Effect.gen(function* () {
      const arrived = yield* Deferred.make<void>()
      const aborted = yield* Deferred.make<void>()
      const { endpoint } = yield* sqsStub((_, request) => {
        request.socket.once("close", () => Deferred.doneUnsafe(aborted, Effect.void))
        Deferred.doneUnsafe(arrived, Effect.void)
        return undefined
      })
      const queue = yield* open(optionsFor(endpoint), `${endpoint}/1/orders`)
      const poll = { max: 10, waitSeconds: 20, visibilitySeconds: 30 }
      const waiting = yield* Effect.forkChild(queue.receive(poll), { startImmediately: true })
      yield* Deferred.await(arrived)
      yield* Fiber.interrupt(waiting)
      yield* Effect.timeout(Deferred.await(aborted), "1 second")
    })
  )

  it.live("fails to move a dead letter that could not be deleted", () =>
    Effect.gen(function* () {
      const { queue } = yield* stubbed(({ action }) => {
        const bodies: Record<string, unknown> = {
          GetQueueAttributes: { Attributes: { RedrivePolicy: '{"deadLetterTargetArn":"a:dead"}' } },
          GetQueueUrl: { QueueUrl: "http://127.0.0.1/1/dead" },
          SendMessage: { MD5OfMessageBody: "0cc175b9c0f1b6a831c399e269772661" },
          DeleteMessageBatch: { Failed: [{ Id: "0", ...internal }] }
        }
        return { status: 200, body: bodies[action] }
      })
      const delivery = { messageId: "1", receipt: "r", body: "a", traceparent: "", receiveCount: 1 }
      const error = yield* Effect.flip(queue.deadLetter(delivery, "any"))
      assert.deepInclude(error, { operation: "deadLetter", reason: "unavailable" })
    })
  )

  for (const { status, type, reason, calls: expected } of [
    { status: 403, type: "AccessDeniedException", reason: "denied", calls: 1 },
    { status: 403, type: "SomethingNew", reason: "denied", calls: 1 },
    { status: 400, type: "com.amazonaws.sqs#QueueDoesNotExist", reason: "denied", calls: 1 },
    { status: 400, type: "com.amazonaws.sqs#KmsThrottled", reason: "throttled", calls: 1 },
    { status: 400, type: "ThrottlingException", reason: "throttled", calls: 2 },
    { status: 429, type: "SomethingNew", reason: "throttled", calls: 2 },
    { status: 500, type: "InternalFailure", reason: "unavailable", calls: 2 },
    { status: 503, type: "SomethingNew", reason: "unavailable", calls: 2 }
  ] as const)
    it.live(`takes ${status} ${type} as ${reason}`, () =>
      Effect.gen(function* () {
        const { queue, calls } = yield* stubbed(() => ({
          status,
          body: { __type: type, message: "secret-header" }
        }))
        const poll = { max: 10, waitSeconds: 0, visibilitySeconds: 30 }
        const error = yield* Effect.flip(queue.receive(poll))
        assert.deepInclude(error, { operation: "receive", reason })
        assert.notInclude(String(error.cause), "secret-header")
        assert.strictEqual(calls.length, expected)
      })
    )

  it.live("dies of a request that SQS finds invalid", () =>
    Effect.gen(function* () {
      const { queue } = yield* stubbed(() => ({
        status: 400,
        body: { __type: "InvalidParameterValue", message: "" }
      }))
      const exit = yield* Effect.exit(queue.acknowledge(["r"]))
      assert.isTrue(Exit.hasDies(exit))
    })
  )

  it.live("fails as unavailable at a server that never answers, within its deadline", () =>
    Effect.gen(function* () {
      const server = yield* Effect.acquireRelease(
        Effect.promise(async () => {
          const mute = createServer((socket) => socket.resume()).listen(0, "127.0.0.1")
          await once(mute, "listening")
          return mute
        }),
        (mute) => Effect.sync(() => mute.close())
      )
      const address = server.address()
      assert(address !== null && typeof address === "object")
      const endpoint = `http://127.0.0.1:${address.port}`
      const queue = yield* open(optionsFor(endpoint), `${endpoint}/1/orders`)
      const [elapsed, error] = yield* Effect.timed(Effect.flip(queue.acknowledge(["r"])))
      assert.deepInclude(error, { operation: "acknowledge", reason: "unavailable" })
      assert.isBelow(Duration.toMillis(elapsed), 6000)
      const client = yield* openClient(optionsFor(endpoint))
      const [probing, problem] = yield* Effect.timed(client.problem(`${endpoint}/1/orders`))
      assert.match(Option.getOrThrow(problem), /did not answer in time/)
      assert.isBelow(Duration.toMillis(probing), 2000)
    })
  )
})

const openClient = (options: AwsAccess) =>
  Effect.map(Layer.build(SqsClient.layer(options)), Context.get(SqsClient.SqsClient))

const open = (options: AwsAccess, queueUrl: string) =>
  SqsOrderQueue.layer({ queueUrl }).pipe(
    Layer.provide(SqsClient.layer(options)),
    Layer.build,
    Effect.map(Context.get(OrderQueue))
  )
