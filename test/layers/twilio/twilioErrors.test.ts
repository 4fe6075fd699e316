import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import { classifyTwilioAnswer } from "../../../src/layers/twilio/twilioErrors.ts"

/** The documented codes that a text from one number to another can meet, by what the sender should do. */
const documented = {
  /** This number, or this text, never. */
  rejected: [
    21211, 21214, 21265, 21266, 21268, 21602, 21604, 21605, 21610, 21612, 21614, 21617, 21618,
    21619, 21635, 30003, 30004, 30005, 30006, 30007, 30014, 30019, 30036, 30039, 30450, 30453
  ],
  /** Slow down. */
  throttled: [14107, 20429, 21611, 30001, 30022, 30023, 30027, 63038],
  /** Not from this account, sender or process. */
  denied: [
    10001, 10002, 20003, 20005, 20006, 20008, 20403, 20404, 21212, 21264, 21267, 21401, 21407,
    21408, 21470, 21471, 21472, 21601, 21603, 21606, 21607, 21608, 21613, 21616, 21657, 21659,
    21660, 21661, 21662, 21663, 21668, 21729, 21731, 21910, 30002, 30024, 30032, 30033, 30034,
    30035, 30037, 30038, 30040, 30041, 30042, 30043, 30044, 30112
  ],
  /** Try again. */
  unavailable: [20500, 20503, 21730, 30008, 30017, 30020, 30021]
} as const

describe("classifyTwilioAnswer", () => {
  for (const [reason, codes] of Object.entries(documented))
    for (const code of codes)
      it(`${code}: ${reason}`, () => {
        // With any status: a message that was taken and then failed comes with a 201.
        for (const status of [201, 400])
          assert.deepStrictEqual(classifyTwilioAnswer(status, Option.some(code)), {
            reason,
            mayBeSent: false
          })
      })

  it("classifies an unknown code by its status, and never as permanent", () => {
    const of = (status: number, code: Option.Option<number>) => classifyTwilioAnswer(status, code)
    const unknown = Option.some(29_999)
    assert.deepStrictEqual(of(400, unknown), { reason: "denied", mayBeSent: false })
    assert.deepStrictEqual(of(429, unknown), { reason: "throttled", mayBeSent: false })
    assert.deepStrictEqual(of(503, unknown), { reason: "unavailable", mayBeSent: false })
    assert.deepStrictEqual(of(503, Option.none()), { reason: "unavailable", mayBeSent: true })
    assert.deepStrictEqual(of(200, Option.none()), { reason: "unavailable", mayBeSent: true })
  })
})
