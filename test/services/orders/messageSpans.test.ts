// Which messages of a batch have spans, below what they are, and how each of them ends.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Option, type Tracer } from "effect"
import { inProcessSpans, inSendSpans } from "../../../src/services/orders/messageSpans.ts"
import type { Delivery } from "../../../src/services/orders/ports/OrderQueue.ts"
import { traceparentOf } from "../../../src/services/traceparent.ts"
import { recordingTracer } from "../../fakes/recordingTracer.ts"

const queue = { system: "aws_sqs", name: "orders" }
const traceIdOf = (digit: number) => String(digit).repeat(32)
const spanIdOf = (digit: number) => String(digit).repeat(16)
const recorded = (digit: number) => `00-${traceIdOf(digit)}-${spanIdOf(digit)}-01`
const unrecorded = recorded(9).replace(/-01$/u, "-00")

const endOf = ({ status, attributes }: Tracer.Span) => {
  if (status._tag === "Started") return "open"
  return Exit.isSuccess(status.exit) ? "success" : attributes.get("error.type")
}

const parentOf = ({ parent }: Tracer.Span) =>
  Option.getOrUndefined(Option.map(parent, ({ traceId, spanId }) => [traceId, spanId]))

class Refused extends Error {
  override name = "Refused"
}

describe("the spans of sent messages", () => {
  const messages = [recorded(1), unrecorded, recorded(2), ""].map((traceparent, index) => ({
    body: `message ${index}`,
    traceparent
  }))

  it.effect(
    "belong to the traces that caused them, and end with the result of each message",
    () => {
      const { spans, layer } = recordingTracer()
      return Effect.gen(function* () {
        let given: ReadonlyArray<string> = []
        yield* Effect.exit(
          inSendSpans(queue, messages, (traced, accepted) => {
            given = traced.map(({ traceparent }) => traceparent)
            accepted(0, "the id")
            accepted(1, "of an unrecorded one")
            return Effect.fail(new Refused())
          })
        )
        const [first] = spans
        assert.deepStrictEqual(
          spans.map((span) => [span.name, span.kind, ...(parentOf(span) ?? []), endOf(span)]),
          [
            ["send orders", "producer", traceIdOf(1), spanIdOf(1), "success"],
            ["send orders", "producer", traceIdOf(2), spanIdOf(2), "Refused"]
          ]
        )
        assert.strictEqual(first?.attributes.get("messaging.message.id"), "the id")
        const own = spans.map(traceparentOf)
        assert.deepStrictEqual(given, [own[0] ?? "", unrecorded, own[1] ?? "", ""])
      }).pipe(Effect.provide(layer))
    }
  )

  it.effect("do not exist when no trace is sampled", () => {
    const { spans, layer } = recordingTracer()
    return Effect.gen(function* () {
      const given = yield* inSendSpans(
        queue,
        messages.filter(({ traceparent }) => !traceparent.endsWith("-01")),
        (traced) => Effect.succeed(traced.map(({ traceparent }) => traceparent))
      )
      assert.deepStrictEqual(given, [unrecorded, ""])
      assert.lengthOf(spans, 0)
    }).pipe(Effect.provide(layer))
  })
})

describe("the spans of processed messages", () => {
  const deliveries = [recorded(1), unrecorded, recorded(2), recorded(3)].map(
    (traceparent, index): Delivery => ({
      messageId: String(index),
      receipt: String(index),
      body: "",
      traceparent,
      receiveCount: 1
    })
  )

  it.effect(
    "are children of their messages; the batch's span is in the first trace and links to all",
    () => {
      const { spans, layer } = recordingTracer()
      return Effect.gen(function* () {
        yield* inProcessSpans(queue, deliveries, (failed) =>
          Effect.sync(() => failed(deliveries.slice(1, 3), new Refused()))
        )
        const [first, second, third, batch] = spans
        assert.deepStrictEqual(
          [first, second, third].map((span) =>
            span === undefined ? [] : [span.name, ...(parentOf(span) ?? []), endOf(span)]
          ),
          [
            ["process orders", traceIdOf(1), spanIdOf(1), "success"],
            ["process orders", traceIdOf(2), spanIdOf(2), "Refused"],
            ["process orders", traceIdOf(3), spanIdOf(3), "success"]
          ]
        )
        assert.strictEqual(batch?.name, "confirm orders")
        assert.strictEqual(Option.getOrUndefined(batch?.parent ?? Option.none()), first)
        assert.deepStrictEqual(
          batch?.links.map(({ span }) => span.spanId),
          [first, second, third].map((span) => span?.spanId ?? "")
        )
        assert.strictEqual(batch?.attributes.get("messaging.batch.message_count"), 4)
      }).pipe(Effect.provide(layer))
    }
  )

  it.effect("end with the error of a failed batch", () => {
    const { spans, layer } = recordingTracer()
    return Effect.gen(function* () {
      const work = Effect.die(new TypeError("a bug"))
      yield* Effect.exit(inProcessSpans(queue, deliveries, () => work))
      assert.deepStrictEqual(spans.map(endOf), Array(4).fill("TypeError"))
    }).pipe(Effect.provide(layer))
  })
})
