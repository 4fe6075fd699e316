// Numbers and ids are stored and printed: what they are today, they must be for ever.
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { OrderId, UserId } from "../../../../src/services/ids.ts"
import {
  bucketOf,
  bucketOfId,
  bucketOfNumber,
  hasNumber,
  numberOf,
  orderIdOf,
  orderNumberPattern,
  readOrderNumber,
  typedOrderNumber
} from "../../../../src/services/orders/model/orderNumber.ts"
import { idPattern } from "../../../../src/services/runtime/IdGenerator.ts"

const user = UserId.make("0198c0de1f2e3d4c5b6a798081726354")
const before = OrderId.make("0198c0de5a7e4b1f9d3c2a6b8e0f4d71")
const now = OrderId.make("0198c0de5a7ecb1f9d3c2a080e0f4d71")

const Next = Schema.String.check(Schema.isPattern(/^[0-9a-f]{32}$/u))
const AnyUser = Schema.String

describe("an order's number", () => {
  it("is derived as in earlier versions", () => {
    assert.strictEqual(bucketOf(user), 32)
    assert.strictEqual(bucketOf(UserId.make("foobar")), 598)
    assert.strictEqual(orderIdOf(before, user), now)
    assert.strictEqual(numberOf(now, user), "1070-YKBH")
    assert.strictEqual(numberOf(before, user), "10GT-N1CZ")
    assert.strictEqual(numberOf(before, user, 1), "10KJ-QHMM")
    const example = OrderId.make("0198c0de5a7e80009d3c2a99eef1513d")
    assert.strictEqual(numberOf(example, UserId.make("user-459")), "K7QF-2M9X")
  })

  it.prop(
    "is part of the id, with its user's bucket, and has the documented format",
    [Next, AnyUser],
    ([next, name]) => {
      const userId = UserId.make(name)
      const id = orderIdOf(next, userId)
      const number = numberOf(id, userId)
      assert.match(id, idPattern)
      assert.match(number, orderNumberPattern)
      assert.isTrue(hasNumber(id))
      assert.strictEqual(bucketOfId(id), bucketOf(userId))
      assert.strictEqual(bucketOfNumber(number), bucketOf(userId))
      // What is not the mark or the bucket is as it was drawn.
      assert.strictEqual(
        id.slice(0, 12) + id.slice(13, 22) + id.slice(25),
        next.slice(0, 12) + next.slice(13, 22) + next.slice(25)
      )
      assert.strictEqual(
        Number.parseInt(id.charAt(24), 16) & 3,
        Number.parseInt(next.charAt(24), 16) & 3
      )
      // All of the last 40 bits can be read back from it.
      const others = [22, 26, 27, 31].map((digit) => {
        const other = (Number.parseInt(id.charAt(digit), 16) ^ 1).toString(16)
        return numberOf(OrderId.make(id.slice(0, digit) + other + id.slice(digit + 1)), userId)
      })
      assert.strictEqual(new Set([number, ...others]).size, 5)
    }
  )

  it.prop(
    "of an id of the older format is in its user's bucket too",
    [Next, AnyUser],
    ([next, name]) => {
      const userId = UserId.make(name)
      const old = OrderId.make(`${next.slice(0, 12)}7fff${next.slice(16)}`)
      assert.isFalse(hasNumber(old))
      for (const draw of [0, 1, 2]) {
        const number = numberOf(old, userId, draw)
        assert.match(number, orderNumberPattern)
        assert.strictEqual(bucketOfNumber(number), bucketOf(userId))
      }
      assert.notStrictEqual(numberOf(old, userId, 1), numberOf(old, userId, 2))
    }
  )

  it("keeps the ids of one user in order of creation", () => {
    const ids = [
      "0198c0de5a7e0000",
      "0198c0de5a7e0001",
      "0198c0de5a7e7fff",
      "0198c0de5a7f0000"
    ].map((start) => orderIdOf(`${start}ffffffffffffffff`, user))
    assert.deepStrictEqual(ids.toSorted(), ids)
  })

  it("spreads users over all buckets", () => {
    const found = new Set(
      Array.from({ length: 20_000 }, (_, i) =>
        bucketOf(UserId.make((i * 7919).toString(16).padStart(32, "0")))
      )
    )
    assert.strictEqual(found.size, 1024)
  })

  it.each(["K7QF-2M9X", "k7qf-2m9x", "K7QF2M9X", "k7qf 2m9x"])("is read from %s", (typed) => {
    assert.match(typed, typedOrderNumber)
    assert.strictEqual(readOrderNumber(typed), "K7QF-2M9X")
  })

  it("is read from letters that look like its digits", () => {
    assert.match("oO1i-IlL0", typedOrderNumber)
    assert.strictEqual(readOrderNumber("oO1i-IlL0"), "0011-1110")
  })

  it.each(["K7QF-2M9", "K7QF-2M9XX", "K7QF--2M9X", "U7QF-2M9X", "K7Q-F2M9X", "K7QF_2M9X", now])(
    "is not %s",
    (typed) => assert.notMatch(typed, typedOrderNumber)
  )
})
