import { assert, describe, it } from "@effect/vitest"
import { afterResend, firstDueAt, isOverdue } from "../../../../src/services/orders/model/work.ts"
import { addSeconds } from "../../../../src/services/time.ts"

const at = new Date("2026-03-01T10:00:00Z")

describe("work", () => {
  it("is overdue a minute after placing, to the millisecond", () => {
    const work = { dueAt: firstDueAt(at), resends: 0 }
    assert.isFalse(isOverdue(work, addSeconds(at, 59.999)))
    assert.isTrue(isOverdue(work, addSeconds(at, 60)))
  })

  it("is looked at in growing intervals of at most an hour, however often it was re-sent", () => {
    let last = 0
    for (let resends = 0; resends < 2000; resends++) {
      const next = afterResend({ dueAt: at, resends }, at)
      assert.strictEqual(next.resends, resends + 1)
      const seconds = (next.dueAt.getTime() - at.getTime()) / 1000
      assert.isAtLeast(seconds, last)
      assert.isAtMost(seconds, 3600)
      last = seconds
    }
    assert.strictEqual(last, 3600)
  })
})
