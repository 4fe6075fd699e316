// Orders that an operator should look at: flagged without being changed, and not for longer than needed.
import { assert, type Vitest } from "@effect/vitest"
import { Effect, Option } from "effect"
import { OrderStore } from "../../../src/services/orders/ports/OrderStore.ts"
import type { ProductStore } from "../../../src/services/products/ports/ProductStore.ts"
import {
  assertSound,
  claimMail,
  current,
  newConfirmed,
  newOrder,
  nextId,
  recordMail,
  recordOf,
  type StoreProbe,
  time,
  uniqueClaimId
} from "../stores.ts"

const reason = "its mail cannot be written"

export const attention = (
  it: Vitest.MethodsNonLive<OrderStore | ProductStore | StoreProbe>
): void => {
  it.effect("a flagged order is listed, the longest flagged first, and is not changed", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const [late, early] = [yield* newOrder, yield* newOrder]
      yield* store.flagAttention([late.id], "later", time(-1))
      yield* store.flagAttention([early.id, nextId()], reason, time(-2))
      const listed = yield* store.listAttention(10)
      assert.deepStrictEqual(
        listed.filter(({ orderId }) => orderId === late.id || orderId === early.id),
        [
          { orderId: early.id, reason, at: time(-2) },
          { orderId: late.id, reason: "later", at: time(-1) }
        ]
      )
      assert.strictEqual((yield* store.listAttention(1)).length, 1)
      assert.deepStrictEqual(yield* current(early.id), early)
      assert.deepStrictEqual(
        (yield* recordOf(early.id))?.work,
        Option.some({ dueAt: time(60), resends: 0 })
      )
      yield* assertSound
    })
  )

  it.effect("a flag that is set is not overwritten", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const { id } = yield* newOrder
      yield* store.flagAttention([id], reason, time(1))
      yield* store.flagAttention([id], "another", time(2))
      assert.deepStrictEqual(
        (yield* recordOf(id))?.needsAttention,
        Option.some({ reason, at: time(1) })
      )
    })
  )

  it.effect("a flag stays while a mail is retried, and is cleared when the order settles", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      const { id } = yield* newConfirmed
      const claimId = uniqueClaimId()
      yield* store.flagAttention([id], reason, time(1))
      yield* claimMail(id, claimId, 2)
      assert.deepStrictEqual(
        (yield* recordOf(id))?.needsAttention,
        Option.some({ reason, at: time(1) })
      )
      yield* recordMail(id, claimId, 3, { _tag: "Sent" })
      assert.deepStrictEqual((yield* recordOf(id))?.needsAttention, Option.none())
      yield* store.flagAttention([id], reason, time(4))
      assert.deepStrictEqual((yield* recordOf(id))?.needsAttention, Option.none())
    })
  )

  it.effect(
    "a flag that is set between a claim and its record follows the outcome of the record",
    () =>
      Effect.gen(function* () {
        const store = yield* OrderStore
        for (const outcome of [{ _tag: "Sent" }, { _tag: "Released" }] as const) {
          const { id } = yield* newConfirmed
          const claimId = uniqueClaimId()
          yield* claimMail(id, claimId, 1)
          yield* Effect.all(
            [store.flagAttention([id], reason, time(2)), recordMail(id, claimId, 2, outcome)],
            { concurrency: "unbounded" }
          )
          const flag = (yield* recordOf(id))?.needsAttention
          assert.deepStrictEqual(
            flag,
            outcome._tag === "Sent" ? Option.none() : Option.some({ reason, at: time(2) })
          )
        }
        yield* assertSound
      })
  )

  it.effect("a person's decision clears the flag", () =>
    Effect.gen(function* () {
      const store = yield* OrderStore
      for (const command of ["cancel", "fail"] as const) {
        const { id } = yield* newOrder
        yield* store.flagAttention([id], reason, time(1))
        yield* store.change(id, command, time(2))
        assert.deepStrictEqual((yield* recordOf(id))?.needsAttention, Option.none())
      }
      yield* assertSound
    })
  )
}
