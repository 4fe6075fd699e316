// Which mails are claimed next: a worker keeps enough of its own to be busy until the store knows of the others.
import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { OrderStore } from "../../src/services/orders/ports/OrderStore.ts"
import { makeDueMails, maxHandedOver } from "../../src/worker/DueMails.ts"
import { numbered } from "./world.ts"

const overdue = numbered(3)
const dueAt = new Date(0)

const storeOfOverdue = Layer.mock(OrderStore, {
  findDueMails: () => Effect.succeed(overdue.map((orderId) => ({ orderId, dueAt })))
})

it.effect("an order that was handed over and is overdue now is picked once", () =>
  Effect.gen(function* () {
    const dueMails = yield* makeDueMails
    const ids = numbered(5)
    dueMails.handOver(ids)
    yield* dueMails.look
    assert.strictEqual(dueMails.size(), ids.length)
    const picked = [...dueMails.pick(2), ...dueMails.pick(2), ...dueMails.pick(9)]
    assert.sameMembers(picked, [...ids])
    assert.lengthOf(picked, ids.length)
    assert.strictEqual(dueMails.size(), 0)
  }).pipe(Effect.provide(storeOfOverdue))
)

it.effect("handed-over orders stay until the others are due, and their number is bounded", () =>
  Effect.gen(function* () {
    const dueMails = yield* makeDueMails
    // 5 s until others are due, 2 s until they are looked for, at 1,000 mails a second.
    assert.isAtLeast(maxHandedOver, 7 * 1000)
    dueMails.handOver(numbered(maxHandedOver + 1))
    assert.strictEqual(dueMails.size(), maxHandedOver)
  })
)
