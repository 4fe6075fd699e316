// The simulation holds for a selection of seeds, replays exactly, and notices deliberate mistakes. Many
// more seeds, and every mistake: `npm run simulate`.
import { describe, expect, it } from "vitest"
import { mutations } from "../../../tools/simulate/mutations.ts"
import { type RunResult, simulate } from "../../../tools/simulate/simulate.ts"

const seeds = 60
/** For machines that do much else at the same time: it takes some ten seconds. */
const timeout = 300_000

/** What a person needs to see of a run that failed. */
const failureOf = ({ seed, violation, trace }: RunResult): string | undefined =>
  violation === undefined
    ? undefined
    : `seed ${seed}: ${violation.invariant}: ${violation.detail}\n${trace.slice(-40).join("\n")}`

/** The invariant that notices a mistake, in one of these seeds. */
const caughtBy = (name: string, seeds: ReadonlyArray<number>): string | undefined => {
  const mutation = mutations.find((one) => one.name === name)
  if (mutation === undefined) throw new Error(`there is no mutation "${name}"`)
  for (const seed of seeds) {
    const { violation } = simulate(seed, { mutation })
    if (violation !== undefined) return violation.invariant
  }
  return undefined
}

describe("the simulation", () => {
  it("finds no violated invariant", { timeout }, () => {
    const counts: Record<string, number> = {}
    for (let seed = 1; seed <= seeds; seed++) {
      const result = simulate(seed)
      expect(failureOf(result)).toBeUndefined()
      for (const [what, count] of Object.entries(result.counts))
        counts[what] = (counts[what] ?? 0) + count
    }
    // It is only worth something while all of this happens.
    for (const what of [
      "cancelled",
      "fulfil orders",
      "fail orders",
      "notices",
      "second mails",
      "taken by the watchdog",
      "mails asked for again",
      "codes sent",
      "crashes at a call",
      "incident Kill",
      "incident Stop",
      "incident Pause",
      "incident Jump",
      "incident Purge",
      "fault store after",
      "fault queue partial",
      "fault mailer after"
    ])
      expect(counts[what], what).toBeGreaterThan(0)
  })

  it("replays a seed exactly, with or without the programs' log", { timeout }, () => {
    for (const seed of [3, 1017, 900_001]) {
      const { hash, trace } = simulate(seed)
      expect(trace.length).toBeGreaterThan(100)
      expect(simulate(seed).hash).toBe(hash)
      expect(simulate(seed, { logs: true }).hash).toBe(hash)
      expect(simulate(seed + 1).hash).not.toBe(hash)
    }
  })

  // The third is a seed that notices soon. Where it does no more, one of the first forty has to.
  it.each([
    ["a message is deleted before its order is confirmed", "deleted only once confirmed", 1],
    ["a mail is sent without a claim", "mail under a claim", 6],
    ["two loops claim one mail", "no second mail without an unrecorded one", 3],
    ["each process has a rate of its own", "mails keep to the shared rate", 6],
    [
      "a mail that may have been sent is retried immediately",
      "a mail that may be out is not tried again soon",
      8
    ],
    ["a change makes no mail due", "what becomes of an order is mailed", 1],
    [
      "a notice does not wait for a confirmation that is being sent",
      "mails come in the order of the changes",
      37
    ],
    [
      "due mails are looked for once in a quarter of an hour",
      "due mails go out at the rate once they can",
      1
    ],
    ["stock is not checked", "stock agrees with its books", 2],
    ["a cancelled order keeps its stock", "stock agrees with its books", 1],
    ["idempotency keys are ignored", "one order per key", 1],
    ["there is no watchdog", "no order is stuck", 9],
    ["the worker never writes the cache", "writes reach the cache", 1]
  ])("notices when %s", { timeout }, (name, invariant, seed) => {
    const firstForty = Array.from({ length: 40 }, (_, i) => i + 1)
    expect(caughtBy(name, [seed, ...firstForty])).toBe(invariant)
  })
})
