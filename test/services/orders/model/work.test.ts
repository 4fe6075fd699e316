import { assert, describe, it } from "@effect/vitest"
import type { Work } from "../../../../src/services/orders/model/Order.ts"
import {
  afterFailure,
  afterTaking,
  afterUnknownSend,
  firstDueAt,
  isOverdue,
  needsFlag
} from "../../../../src/services/orders/model/work.ts"
import { addSeconds } from "../../../../src/services/time.ts"

const at = new Date("2026-03-01T10:00:00Z")
const kept = { unknownSends: 1, failures: 2, traceparent: "a trace" }

/** The minutes between the looks, where each one follows the one before as soon as it is due. */
const minutes = (next: (work: Work, at: Date) => Work, times: number): ReadonlyArray<number> => {
  let work: Work = { dueAt: at, resends: 0 }
  return Array.from({ length: times }, () => {
    const looked = work.dueAt
    work = next(work, looked)
    return (work.dueAt.getTime() - looked.getTime()) / 60_000
  })
}

describe("work", () => {
  it("is overdue one minute after placing, to the millisecond", () => {
    const work = { dueAt: firstDueAt(at), resends: 0 }
    assert.isFalse(isOverdue(work, addSeconds(at, 59.999)))
    assert.isTrue(isOverdue(work, addSeconds(at, 60)))
  })

  it("is checked in growing intervals of at most an hour, after any number of checks", () => {
    let last = 0
    for (let resends = 0; resends < 2000; resends++) {
      const next = afterTaking({ dueAt: at, resends, ...kept }, at)
      assert.deepInclude(next, { ...kept, resends: resends + 1 })
      const seconds = (next.dueAt.getTime() - at.getTime()) / 1000
      assert.isAtLeast(seconds, last)
      assert.isAtMost(seconds, 3600)
      last = seconds
    }
    assert.strictEqual(last, 3600)
  })

  it("is due 5 minutes after an unknown send, doubling up to one day", () => {
    const days = minutes(afterUnknownSend, 2000)
    assert.deepStrictEqual(days.slice(0, 10), [5, 10, 20, 40, 80, 160, 320, 640, 1280, 1440])
    assert.deepStrictEqual(new Set(days.slice(9)), new Set([1440]))
    const next = afterUnknownSend({ dueAt: at, resends: 1, ...kept }, at)
    assert.deepInclude(next, { ...kept, resends: 1, unknownSends: 2 })
  })

  it("is due 5 minutes after a failure, and hourly and flagged from the seventh", () => {
    assert.deepStrictEqual(minutes(afterFailure, 9), [5, 5, 5, 5, 5, 5, 60, 60, 60])
    const next = afterFailure({ dueAt: at, resends: 1, ...kept }, at)
    assert.deepInclude(next, { ...kept, resends: 1, failures: 3 })
    assert.isFalse(needsFlag({ dueAt: at, resends: 0 }))
    assert.isFalse(needsFlag({ dueAt: at, resends: 0, failures: 6 }))
    assert.isTrue(needsFlag({ dueAt: at, resends: 0, failures: 7 }))
  })
})
