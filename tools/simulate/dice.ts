// Chance from a seed: every draw of a run comes from one of these, so that the seed is the whole run.
import type { Random } from "effect"

export interface Dice extends Random.Random {
  /** An integer from `min` to `max`, both included. */
  readonly int: (min: number, max: number) => number
  readonly chance: (probability: number) => boolean
  readonly pick: <A>(choices: readonly [A, ...ReadonlyArray<A>]) => A
  readonly shuffle: <A>(items: ReadonlyArray<A>) => ReadonlyArray<A>
  /** An independent sequence, so that draws in one place do not move those in another. */
  readonly fork: () => Dice
}

const two32 = 2 ** 32

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

export const makeDice = (seed: number): Dice => {
  const next = generator(seed)
  const between = (min: number, max: number) => min + (next() / two32) * (max - min)
  const int = (min: number, max: number) => Math.floor(between(min, max + 1))
  return {
    nextDoubleUnsafe: () => next() / two32,
    nextIntUnsafe: () => next() - two32 / 2,
    int,
    chance: (probability) => next() / two32 < probability,
    pick: ([first, ...rest]) => {
      const at = int(0, rest.length)
      return at === 0 ? first : (rest[at - 1] ?? first)
    },
    shuffle: (items) => {
      const left = [...items]
      return items.flatMap(() => left.splice(int(0, left.length - 1), 1))
    },
    fork: () => makeDice(next())
  }
}
