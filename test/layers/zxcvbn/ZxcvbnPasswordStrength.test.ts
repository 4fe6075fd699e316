// What the estimator finds weak and strong, and that no password keeps the process busy for long.
import { assert, describe, it } from "@effect/vitest"
import { ZxcvbnFactory } from "@zxcvbn-ts/core"
import { adjacencyGraphs, dictionary } from "@zxcvbn-ts/language-common"
import { dictionary as english } from "@zxcvbn-ts/language-en"
import { Effect, Option, Redacted } from "effect"
import { layer } from "../../../src/layers/zxcvbn/ZxcvbnPasswordStrength.ts"
import { PasswordStrength } from "../../../src/services/accounts/ports/PasswordStrength.ts"
import { minPasswordGuesses } from "../../../src/services/accounts/steps/passwordPolicy.ts"

const estimate = (text: string, words: ReadonlyArray<string> = []) =>
  PasswordStrength.use((strength) => strength.estimate(Redacted.make(text), words))

describe("PasswordStrength on zxcvbn-ts", () => {
  it.effect.each([
    ["P@ssw0rd1", "commonly used"],
    ["Qwerty123!", "commonly used"],
    ["Password2026", "commonly used"],
    ["aaaaaaaaaaaa", "Repeated characters"],
    ["        ", "Repeated characters"],
    ["abcabcabcabc", "Repeated character patterns"],
    ["abcdefghi", "sequences"],
    ["12.06.1985", "Dates"],
    ["kettle2026", "words of this service"],
    ["Wojciechowski", "names"]
  ] as const)("says of %j why it is weak", ([password, why]) =>
    Effect.gen(function* () {
      const { guesses, warning } = yield* estimate(password, ["kettle"])
      assert.isBelow(guesses, minPasswordGuesses)
      assert.include(Option.getOrThrow(warning), why)
      assert.notMatch(Option.getOrThrow(warning), /\.$/u)
    }).pipe(Effect.provide(layer))
  )

  /** Phrases of four different words, the same in each run. */
  const draws = (words: ReadonlyArray<string>, separator: string) => {
    let seed = 1
    const phrase = () => {
      const drawn = new Set<string>()
      while (drawn.size < 4) {
        seed = (seed * 48_271) % 2_147_483_647
        drawn.add(words[seed % words.length] ?? "")
      }
      return [...drawn].join(separator)
    }
    return Array.from({ length: 50 }, phrase)
  }
  const common = english["commonWords-en"].filter((word) => /^[a-z]{3,}$/u.test(word))
  const lists = {
    "of a list for dice": dictionary["diceware-common"],
    "that are common": common.slice(0, 500),
    "that are long and common": common.slice(0, 5000).filter((word) => word.length > 9),
    "of English sequences": ["red", "monday", "seven", "lion", "horse", "north", "march", "spring"]
  }
  for (const [what, words] of Object.entries(lists))
    for (const separator of [" ", "-"])
      it.effect(`accepts four words ${what}, joined by ${JSON.stringify(separator)}`, () =>
        Effect.gen(function* () {
          for (const phrase of draws(words, separator))
            assert.isAtLeast((yield* estimate(phrase)).guesses, minPasswordGuesses, phrase)
        }).pipe(Effect.provide(layer))
      )

  it.effect("accepts 8 characters without a pattern, and no fewer", () =>
    Effect.gen(function* () {
      for (const text of ["vR7k2pQz", "qzkfmwpt", "8jq#Xv2!"]) {
        assert.isAtLeast((yield* estimate(text)).guesses, minPasswordGuesses, text)
        assert.isBelow((yield* estimate(text.slice(1))).guesses, minPasswordGuesses, text)
      }
    }).pipe(Effect.provide(layer))
  )

  it.effect("finds the strong part of a long password at any position", () =>
    Effect.gen(function* () {
      const weak = "p@$$w0rd".repeat(15)
      assert.isBelow((yield* estimate(weak)).guesses, minPasswordGuesses)
      for (const text of [`${weak}vR7k2pQz`, `vR7k2pQz${weak}`])
        assert.isAtLeast((yield* estimate(text)).guesses, minPasswordGuesses, text)
    }).pipe(Effect.provide(layer))
  )

  it.live(
    "takes a fraction of the time that the whole text would take",
    () =>
      Effect.gen(function* () {
        const whole = new ZxcvbnFactory({
          dictionary: { ...dictionary, ...english },
          graphs: adjacencyGraphs
        })
        const worst = "p@$$w0rd".repeat(16)
        const began = threadMillis()
        whole.check(worst)
        const unbounded = threadMillis() - began
        // The quickest of a few: code takes longer until it is compiled.
        const turns = yield* Effect.forEach([1, 2, 3, 4, 5], () => longestTurn(estimate(worst)))
        // A fiftieth. Without one of the two bounds it is a tenth.
        assert.isBelow(Math.min(...turns), unbounded / 25)
      }).pipe(Effect.provide(layer)),
    // 3 s of work, which a busy machine makes long.
    120_000
  )
})

/** The processor time of this thread: what else the machine does takes none of it. */
const threadMillis = (): number => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** In ms of processor time: how long the work went on before something else had a turn. */
const longestTurn = <A, E, R>(work: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    let last = threadMillis()
    let longest = 0
    let watching = true
    const look = () => {
      const time = threadMillis()
      longest = Math.max(longest, time - last)
      last = time
      if (watching) setImmediate(look)
    }
    setImmediate(look)
    yield* work
    watching = false
    yield* Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))
    return longest
  })
