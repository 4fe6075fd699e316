// Random choices from a seed: all that a run draws comes from one generator, so the seed repeats the run.
// Also an Effect Random.
import type { Random } from "effect"

export interface SeededRandom extends Random.Random {
  /** From `min` up to, and without, `max`. */
  readonly between: (min: number, max: number) => number
  /** An integer from `min` to `max`, both included. */
  readonly int: (min: number, max: number) => number
  readonly chance: (probability: number) => boolean
  /** Throws where there is nothing to pick from. */
  readonly pick: <A>(choices: ReadonlyArray<A>) => A
  readonly shuffle: <A>(items: ReadonlyArray<A>) => ReadonlyArray<A>
  /** An independent generator, seeded by this one's next draw. */
  readonly fork: () => SeededRandom
  /** An independent generator for this name: the same one however many numbers were drawn before. */
  readonly derive: (name: string) => SeededRandom
}

const two32 = 2 ** 32

/** FNV-1a over UTF-16 code units, 32 bits. With the hash of an earlier text: of both texts in a row. */
export const fnv1a = (text: string, from = 0x811c9dc5): number => {
  let hash = from
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

/** sfc32, seeded through splitmix32. */
const generator = (seed: number): (() => number) => {
  let mix = seed >>> 0
  const word = () => {
    mix = (mix + 0x9e3779b9) | 0
    let t = mix ^ (mix >>> 16)
    t = Math.imul(t, 0x21f0aaad)
    t ^= t >>> 15
    t = Math.imul(t, 0x735a2d97)
    return t ^ (t >>> 15)
  }
  let [a, b, c, count] = [word(), word(), word(), 1]
  const next = () => {
    const t = (a + b + count) | 0
    count = (count + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + t
    return t >>> 0
  }
  for (let i = 0; i < 12; i++) next()
  return next
}

export const makeRandom = (seed: number | string): SeededRandom => {
  const next = generator(typeof seed === "number" ? seed : fnv1a(seed))
  const between = (min: number, max: number) => min + (next() / two32) * (max - min)
  const int = (min: number, max: number) => Math.floor(between(min, max + 1))
  return {
    nextDoubleUnsafe: () => next() / two32,
    nextIntUnsafe: () => next() - two32 / 2,
    between,
    int,
    chance: (probability) => next() / two32 < probability,
    pick: (choices) => {
      const chosen = choices[int(0, choices.length - 1)]
      if (chosen === undefined) throw new Error("there is nothing to pick from")
      return chosen
    },
    shuffle: (items) => {
      const left = [...items]
      return items.flatMap(() => left.splice(int(0, left.length - 1), 1))
    },
    fork: () => makeRandom(next()),
    derive: (name) => makeRandom(`${seed}/${name}`)
  }
}
