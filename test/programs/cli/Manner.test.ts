// How a command answers, asks and tells its progress.
import { assert, describe, it } from "@effect/vitest"
import { Console, Effect, Fiber, Option } from "effect"
import { TestClock } from "effect/testing"
import { answer, confirm, Manner, withProgress } from "../../../src/programs/cli/Manner.ts"
import { Terminal } from "../../../src/programs/cli/Terminal.ts"

interface Scene {
  readonly asks?: boolean
  readonly shows?: boolean
  readonly says?: string
}

/** A terminal that remembers what it was told. */
const scene = ({ asks = true, shows = true, says = "" }: Scene = {}) => {
  const told: Array<string> = []
  const terminal: Terminal = {
    ...{ asks, shows },
    tell: (line) => Effect.sync(() => void told.push(line)),
    ask: (question) =>
      Effect.as(
        Effect.sync(() => told.push(question)),
        says
      )
  }
  return { told, terminal }
}

const printed = (manner: Manner, shows: boolean) => {
  const lines: Array<unknown> = []
  const { terminal } = scene({ shows })
  return answer({ json: [{ sku: "a" }], text: ["one", "t\u001b[31mwo"] }).pipe(
    Effect.provideService(Manner, manner),
    Effect.provideService(Terminal, terminal),
    Effect.provideService(Console.Console, {
      ...globalThis.console,
      log: (line: unknown) => void lines.push(line)
    }),
    Effect.map(() => lines.join("\n"))
  )
}

describe("an answer", () => {
  const plain = { json: Option.none<boolean>(), yes: false }

  it.effect("is text in a terminal, without control characters, and JSON otherwise", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* printed(plain, true), "one\nt [31mwo")
      assert.deepStrictEqual(JSON.parse(yield* printed(plain, false)), [{ sku: "a" }])
    })
  )

  it.effect("follows the options in both cases", () =>
    Effect.gen(function* () {
      const json = { ...plain, json: Option.some(true) }
      assert.deepStrictEqual(JSON.parse(yield* printed(json, true)), [{ sku: "a" }])
      const text = { ...plain, json: Option.some(false) }
      assert.include(yield* printed(text, false), "one\n")
    })
  )
})

describe("a question", () => {
  const asked = (given: Scene, yes = false) => {
    const { told, terminal } = scene(given)
    return confirm("Delete it?").pipe(
      Effect.provideService(Manner, { json: Option.none(), yes }),
      Effect.provideService(Terminal, terminal),
      Effect.match({ onSuccess: () => "goes on", onFailure: ({ _tag }) => _tag }),
      Effect.map((outcome) => [outcome, told] as const)
    )
  }

  it.effect("continues only after a yes", () =>
    Effect.gen(function* () {
      for (const says of ["y", "Yes", " yes "])
        assert.deepStrictEqual(yield* asked({ says }), ["goes on", ["Delete it? [y/N]"]])
      for (const says of ["", "n", "no", "yesterday"])
        assert.strictEqual((yield* asked({ says }))[0], "Declined", says)
    })
  )

  it.effect("is not asked with --yes, and refused without a terminal", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* asked({ asks: false }, true), ["goes on", []])
      assert.deepStrictEqual(yield* asked({ asks: false, says: "y" }), ["Unasked", []])
    })
  )
})

describe("long work", () => {
  it.effect("reports its progress every three seconds until it ends", () =>
    Effect.gen(function* () {
      const { told, terminal } = scene()
      const work = withProgress("importing", (report) =>
        Effect.gen(function* () {
          yield* Effect.sleep("4 seconds")
          report(7, 10)
          yield* Effect.sleep("4 seconds")
        })
      ).pipe(Effect.provideService(Terminal, terminal))
      const fiber = yield* Effect.forkChild(work)
      yield* TestClock.adjust("3 seconds")
      yield* TestClock.adjust("3 seconds")
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(told, ["importing: 3 s", "importing: 7 of 10, 6 s"])
    })
  )

  it.effect("reports nothing when it is short", () =>
    Effect.gen(function* () {
      const { told, terminal } = scene()
      const work = withProgress("importing", () => Effect.sleep("2 seconds"))
      const fiber = yield* Effect.forkChild(Effect.provideService(work, Terminal, terminal))
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(told, [])
    })
  )
})
