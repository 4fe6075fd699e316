// PasswordStrength on zxcvbn-ts with all of its matchers, its lists for every language and those of English. Its work
// grows with the square of a text's length and with the look-alikes in it, 0.5 s for the worst 128 characters. So it
// gets parts of 32 characters, tries few replacements, and yields after each part: the worst part takes 20 ms, a usual
// password 1 to 5 ms. The lists are loaded with the first checked password, so a process that checks none spends no
// time and memory on them.
import type { ZxcvbnFactory } from "@zxcvbn-ts/core"
import { Effect, Layer, Option, Redacted } from "effect"
import { PasswordStrength, type Strength } from "../../services/accounts/ports/PasswordStrength.ts"

/** In UTF-16 code units. */
const partLength = 32

/** The package's default is 100. The first ones replace every letter that can be, which is what people do. */
const maxReplacements = 16

/**
 * Not the package's sequences of words (numbers, days, colours, animals): it counts any four words of them,
 * in any order, as about 100 guesses, "red monday seven horses" too.
 */
const englishLists = ["commonWords-en", "firstnames-en", "lastnames-en", "wikipedia-en"] as const

/**
 * The lists take 30 MB and 0.2 s once in a process: every layer uses the same. The value only, never a pending
 * load: requests may not wait for each other's work on every host.
 */
let loaded: ZxcvbnFactory | undefined

const load = Effect.promise(async (): Promise<ZxcvbnFactory> => {
  const [core, common, english] = await Promise.all([
    import("@zxcvbn-ts/core"),
    import("@zxcvbn-ts/language-common"),
    import("@zxcvbn-ts/language-en")
  ])
  const { translations } = english
  loaded ??= new core.ZxcvbnFactory({
    dictionary: {
      ...common.dictionary,
      ...Object.fromEntries(englishLists.map((name) => [name, english.dictionary[name]]))
    },
    graphs: common.adjacencyGraphs,
    translations: {
      ...translations,
      warnings: {
        ...translations.warnings,
        userInputs: "Your email address and the words of this service are guessed first."
      }
    },
    maxLength: partLength,
    l33tMaxSubstitutions: maxReplacements
  })
  return loaded
})

const partsOf = (text: string): ReadonlyArray<string> =>
  Array.from({ length: Math.ceil(text.length / partLength) }, (_, n) =>
    text.slice(n * partLength, (n + 1) * partLength)
  )

const estimatePart = (
  estimator: ZxcvbnFactory,
  part: string,
  words: ReadonlyArray<string>
): Strength => {
  const { guesses, feedback } = estimator.check(part, [...words])
  const warning = Option.fromNullishOr(feedback.warning)
  return { guesses, warning: Option.map(warning, (sentence) => sentence.replace(/\.$/u, "")) }
}

export const layer: Layer.Layer<PasswordStrength> = Layer.succeed(PasswordStrength, {
  // A password is at least as hard to guess as its hardest part.
  estimate: Effect.fnUntraced(function* (password, words) {
    const estimator = loaded ?? (yield* load)
    let hardest: Strength = { guesses: 0, warning: Option.none() }
    for (const part of partsOf(Redacted.value(password))) {
      const strength = estimatePart(estimator, part, words)
      if (strength.guesses > hardest.guesses) hardest = strength
      yield* Effect.yieldNow
    }
    return hardest
  })
})
