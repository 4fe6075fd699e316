// The rule by which `npm run chaos` counts second mails: what excuses one, and what does not.
import { describe, expect, it } from "vitest"
import type { Written } from "../../../tools/chaos/history.ts"
import type { Interruption } from "../../../tools/chaos/interruptions.ts"
import { countMails } from "../../../tools/chaos/mails.ts"
import type { SesSend } from "../../../tools/harness/ses-control.ts"

const subject = "Your order o1 is confirmed"
const to = ["buyer@example.com"]

const send = (at: number, caller: string, outcome: SesSend["outcome"] = "delivered"): SesSend => ({
  ...{ at, caller, outcome, subject, to }
})

const confirmed = { notice: undefined, status: "confirmed" }
const claimed = (at: number): Written => ({ ...confirmed, at, confirmation: "sending", version: 2 })
const recorded = (at: number): Written => ({ ...confirmed, at, confirmation: "sent", version: 3 })
const noticed = (at: number, notice: string): Written => ({
  ...{ at, notice, confirmation: undefined, status: "cancelled", version: 4 }
})

const count = (
  sends: ReadonlyArray<SesSend>,
  history: ReadonlyArray<Written>,
  interruptions: ReadonlyArray<Interruption> = []
) => {
  const { twice, allowed, unexcused } = countMails({
    sends,
    inbox: sends
      .filter(({ outcome }) => outcome === "delivered" || outcome === "deliver-then-reset")
      .map(({ at, ...mail }) => ({
        id: String(at),
        from: "us",
        to,
        replyTo: [],
        subject: mail.subject,
        at: ""
      })),
    history: new Map([["o1", history]]),
    interruptions,
    numbered: new Map([["K7QF-2M9X", "o1"]])
  })
  return { twice, allowed, unexcused: unexcused.length }
}

const kill = (caller: string, from: number): Interruption => ({
  what: `kill -9 of ${caller}`,
  ...{ caller, from, to: Number.POSITIVE_INFINITY }
})

describe("counting second mails", () => {
  it("finds nothing where each order has one mail", () => {
    const history = [claimed(90), recorded(110)]
    expect(count([send(100, "w1")], history)).toEqual({ twice: 0, allowed: 0, unexcused: 0 })
  })

  it("knows an order by its number, and by its id as the previous version calls it", () => {
    const sends = [
      send(100, "w1"),
      { ...send(200, "w1"), subject: "Your order K7QF-2M9X is confirmed" }
    ]
    const bug = { twice: 1, allowed: 0, unexcused: 1 }
    expect(count(sends, [claimed(90), recorded(110)])).toEqual(bug)
  })

  const ofCancel = (at: number, caller: string) => ({
    ...send(at, caller),
    subject: "Your order o1 is cancelled"
  })

  it("counts the mails about each status separately", () => {
    const history = [claimed(90), recorded(110), noticed(190, "sending"), noticed(210, "sent")]
    const none = { twice: 0, allowed: 0, unexcused: 0 }
    expect(count([send(100, "w1"), ofCancel(200, "w1")], history)).toEqual(none)
    const bug = { twice: 1, allowed: 0, unexcused: 1 }
    expect(count([send(100, "w1"), ofCancel(200, "w1"), ofCancel(300, "w2")], history)).toEqual(bug)
  })

  it("allows a second notice when the record of the first was prevented, and no second confirmation", () => {
    const history = [noticed(190, "sending"), noticed(12_000, "sending"), noticed(12_020, "sent")]
    const sends = [ofCancel(200, "w1"), ofCancel(12_010, "w2")]
    const excused = { twice: 1, allowed: 1, unexcused: 0 }
    expect(count(sends, history, [kill("w1", 205)])).toEqual(excused)
    const bug = { twice: 1, allowed: 0, unexcused: 1 }
    expect(count(sends, history)).toEqual(bug)
    // The record of its confirmation is not the notice's.
    const early = [recorded(205), ...history]
    expect(count(sends, early, [kill("w1", 205)])).toEqual(excused)
  })

  it("does not count attempts that SES refused", () => {
    const sends = [send(100, "w1", "throttling"), send(200, "w1")]
    const none = { twice: 0, allowed: 0, unexcused: 0 }
    expect(count(sends, [claimed(90), recorded(210)])).toEqual(none)
  })

  it("allows one when the sender was killed before it could record the first", () => {
    const history = [claimed(90), claimed(12_000), recorded(12_020)]
    const sends = [send(100, "w1"), send(12_010, "w2")]
    const excused = { twice: 1, allowed: 1, unexcused: 0 }
    expect(count(sends, history, [kill("w1", 105)])).toEqual(excused)
  })

  it("does not allow it for the death of another process", () => {
    const history = [claimed(90), claimed(12_000), recorded(12_020)]
    const sends = [send(100, "w1"), send(12_010, "w2")]
    const bug = { twice: 1, allowed: 0, unexcused: 1 }
    expect(count(sends, history, [kill("w2", 105)])).toEqual(bug)
  })

  it("does not allow one for an interruption long after the first should have been recorded", () => {
    const history = [claimed(90), claimed(60_000), recorded(60_020)]
    const sends = [send(100, "w1"), send(60_010, "w2")]
    const bug = { twice: 1, allowed: 0, unexcused: 1 }
    expect(count(sends, history, [kill("w1", 30_000)])).toEqual(bug)
  })

  it("does not allow one after a recorded send, for any interruption", () => {
    const history = [claimed(90), recorded(110), claimed(200)]
    const sends = [send(100, "w1"), send(210, "w2")]
    const bug = { twice: 1, allowed: 0, unexcused: 1 }
    expect(count(sends, history, [kill("w1", 105)])).toEqual(bug)
  })

  it("compares claims: a late record of the first does not make the second a bug", () => {
    const history = [claimed(90), claimed(12_000), recorded(12_005)]
    const sends = [send(100, "w1"), send(12_010, "w2")]
    const frozen = { what: "SIGSTOP of w1", caller: "w1", from: 101, to: 12_004 }
    expect(count(sends, history, [frozen])).toEqual({ twice: 1, allowed: 1, unexcused: 0 })
  })

  it("allows one when the first response was lost, also in the same claim", () => {
    const sends = [send(100, "w1", "deliver-then-reset"), send(600, "w1")]
    const excused = { twice: 1, allowed: 1, unexcused: 0 }
    expect(count(sends, [claimed(90), recorded(610)])).toEqual(excused)
  })

  it("counts an interrupted send also when no second one followed", () => {
    const killed = [kill("w1", 105)]
    expect(count([send(100, "w1")], [claimed(90)], killed)).toMatchObject({ twice: 0, allowed: 1 })
  })

  it("allows as many as were interrupted, and no more", () => {
    const lost = "deliver-then-reset" as const
    const sends = [send(100, "w1", lost), send(600, "w1", lost), send(1600, "w1"), send(2600, "w1")]
    const history = [claimed(90), recorded(1700)]
    expect(count(sends, history)).toEqual({ twice: 3, allowed: 2, unexcused: 1 })
  })
})
