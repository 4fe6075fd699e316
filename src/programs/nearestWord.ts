// The word that a person most likely meant, by the letters that differ.

import { Option } from "effect"
import { closest, distance } from "fastest-levenshtein"

/** Two letters of a short word, or a third of a long one. */
const mostDifferent = (word: string): number => Math.max(2, Math.floor(word.length / 3))

/** None if no word is near. */
export const nearestWord = (typed: string, words: ReadonlyArray<string>): Option.Option<string> =>
  words.length === 0
    ? Option.none()
    : Option.some(closest(typed, words)).pipe(
        Option.filter((word) => distance(typed, word) <= mostDifferent(word))
      )
