// What the log tells of orders on their way through the worker, and of the messages that brought them.
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Logger, References } from "effect"
import type { LogLevel } from "effect/LogLevel"
import { TestClock } from "effect/testing"
import { OrderQueue } from "../../src/services/orders/ports/OrderQueue.ts"
import { placedMessage } from "../../src/services/orders/steps/announce.ts"
import { numbered, runWorker, storeOrder, system } from "./world.ts"

interface Line {
  readonly message: string
  readonly level: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** The lines about five orders that are confirmed and mailed, and the ids of their messages. */
const linesOf = (minimum: LogLevel) => {
  const lines: Array<Line> = []
  const logger = Logger.make<unknown, void>(({ message, logLevel }) => {
    const [text, fields] = Array.isArray(message) ? message : [message]
    lines.push({ message: String(text), level: logLevel, fields: fields ?? {} })
  })
  return Effect.gen(function* () {
    const queue = yield* OrderQueue
    const orderIds = numbered(5)
    yield* Effect.forEach(orderIds, (id) => storeOrder(id))
    const messageIds = yield* queue.send(orderIds.map((id) => placedMessage(id, "")))
    yield* runWorker
    yield* TestClock.adjust("10 seconds")
    const all = (message: string) => lines.filter((line) => line.message === message)
    const ids = (message: string, field: string) =>
      all(message).flatMap(({ fields }) => fields[field] as ReadonlyArray<string>)
    return { orderIds, messageIds, all, ids }
  }).pipe(
    Effect.provide(
      Layer.mergeAll(
        system,
        Logger.layer([logger]),
        Layer.succeed(References.MinimumLogLevel, minimum)
      )
    )
  )
}

it.effect("logs at info which orders were confirmed and mailed, one line for a batch", () =>
  Effect.gen(function* () {
    const { orderIds, all, ids } = yield* linesOf("Info")
    for (const message of ["orders confirmed", "mails of orders sent"]) {
      assert.sameMembers([...ids(message, "orderIds")], [...orderIds], message)
      const counts = all(message).map(({ fields }) => Number(fields["count"]))
      assert.strictEqual(
        counts.reduce((sum, count) => sum + count, 0),
        5
      )
    }
    assert.strictEqual(all("orders confirmed").length, 1)
    assert.deepStrictEqual(all("messages received"), [])
  })
)

it.effect("logs at debug the ids of their messages, as returned by sending", () =>
  Effect.gen(function* () {
    const { orderIds, messageIds, all, ids } = yield* linesOf("Debug")
    assert.strictEqual(all("messages received")[0]?.level, "Debug")
    const received = ids("messages received", "messageIds")
    const orders = ids("messages received", "orderIds")
    assert.deepStrictEqual(
      new Map(received.map((id, i) => [id, orders[i]])),
      new Map(messageIds.map((id, i) => [id, String(orderIds[i])]))
    )
  })
)
