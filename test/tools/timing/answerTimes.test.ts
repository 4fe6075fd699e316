// The order of requests and what is made of their times, with answers that are made up.
import { describe, expect, it } from "vitest"
import type { Outcome, Shot } from "../../../tools/harness/load.ts"
import { type Kind, measure, type Question } from "../../../tools/timing/answerTimes.ts"

const kind = (name: string): Kind => ({
  name,
  status: 401,
  shot: () => ({ method: "POST", path: name })
})
const question: Question = { name: "login", kinds: [kind("a"), kind("b")], control: kind("c") }

/** Answers after as many milliseconds as `took` says of a kind and how many requests came before. */
const answering =
  (took: (path: string, before: number) => number, asked: Array<string> = []) =>
  ({ path }: Shot): Promise<Outcome> => {
    const ms = took(path, asked.length)
    asked.push(path)
    return Promise.resolve({ status: 401, ms })
  }

const cost: Readonly<Record<string, number>> = { a: 20, b: 23, c: 1 }
const costOf = (path: string): number => cost[path] ?? Number.NaN

describe("measuring a question", () => {
  it("compares each kind with the first of the same round", async () => {
    const answers = await measure(question, { shoot: answering(costOf), rounds: 30 })
    expect(answers.rounds).toBe(30)
    expect(answers.reference).toEqual({ kind: "a", median: 20 })
    const [b, c] = answers.comparisons
    expect(b).toEqual({
      kind: "b",
      isControl: false,
      median: 23,
      difference: { low: 3, middle: 3, high: 3 }
    })
    expect(c).toMatchObject({ kind: "c", isControl: true, difference: { middle: -19 } })
  })

  it("is not biased by what grows with time, or by the effect of a request on the next one", async () => {
    let previous = ""
    const shoot = answering((path, before) => {
      const left = previous === "b" ? 8 : 0
      previous = path
      return costOf(path) + before + left
    })
    const answers = await measure(
      { ...question, kinds: [kind("a"), { ...kind("b"), name: "b" }] },
      { shoot, rounds: 600 }
    )
    const [b] = answers.comparisons
    expect(b?.difference.low).toBeLessThanOrEqual(3)
    expect(b?.difference.high).toBeGreaterThanOrEqual(3)
  })

  it("times the work after a request, when that is the question", async () => {
    let previous = ""
    const asked: Array<string> = []
    const shoot = ({ path }: Shot): Promise<Outcome> => {
      asked.push(path)
      if (path === "/healthz") return Promise.resolve({ status: 200, ms: previous === "b" ? 5 : 2 })
      previous = path
      return Promise.resolve({ status: 401, ms: 1000 })
    }
    const probe = { shot: { method: "GET", path: "/healthz" }, status: 200, count: 3 } as const
    const answers = await measure({ ...question, probe }, { shoot, rounds: 30 })
    expect(answers.reference).toEqual({ kind: "a", median: 6 })
    expect(answers.comparisons[0]?.difference).toEqual({ low: 9, middle: 9, high: 9 })
    expect(asked.slice(0, 4)).toEqual(["a", "/healthz", "/healthz", "/healthz"])
  })

  it("has every kind equally often in every position", async () => {
    const asked: Array<string> = []
    await measure(question, { shoot: answering(costOf, asked), rounds: 24 })
    const places = Object.groupBy(asked, (path, i) => `${path} as ${i % 3}`)
    expect(Object.values(places).map((all) => all?.length)).toEqual(Array(9).fill((12 + 24) / 3))
  })

  it("does not count the first rounds", async () => {
    const shoot = answering((path, before) => costOf(path) + (before < 30 ? 1000 : 0))
    const { times } = await measure(question, { shoot, rounds: 20 })
    expect(times).toEqual({ a: Array(20).fill(20), b: Array(20).fill(23), c: Array(20).fill(1) })
  })

  it("ends as soon as the result is clear", async () => {
    const { rounds } = await measure(question, {
      shoot: answering(costOf),
      rounds: 1000,
      isEnough: (answers) => answers.rounds >= 35
    })
    expect(rounds).toBe(40)
  })

  it("does not count another response as a measurement", async () => {
    const shoot = () => Promise.resolve({ status: 503, ms: 1 })
    await expect(measure(question, { shoot, rounds: 20 })).rejects.toThrow("login, a: 503, not 401")
    const reset = () => Promise.resolve({ error: "ECONNRESET", ms: 1 })
    await expect(measure(question, { shoot: reset, rounds: 20 })).rejects.toThrow("ECONNRESET")
  })
})
