// Chance that can be had again: everything the harness draws comes from one seed.

export interface Random {
  /** From 0 up to, and without, 1. */
  readonly next: () => number
  readonly between: (minimum: number, maximum: number) => number
  readonly pick: <A>(from: ReadonlyArray<A>) => A
  readonly shuffle: <A>(of: ReadonlyArray<A>) => ReadonlyArray<A>
  /** Chance of its own, so that one user's draws do not move another's. */
  readonly fork: (name: string) => Random
}

/** FNV-1a. */
const hash = (text: string): number => {
  let h = 0x811c9dc5
  for (const char of text) h = Math.imul(h ^ (char.codePointAt(0) ?? 0), 0x01000193)
  return h >>> 0
}

/** Mulberry32: 32 bits of state are plenty for choices. */
export function makeRandom(seed: string): Random {
  let state = hash(seed)
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    between: (minimum, maximum) => minimum + next() * (maximum - minimum),
    pick: (from) => {
      const chosen = from[Math.floor(next() * from.length)]
      if (chosen === undefined) throw new Error("nothing to pick from")
      return chosen
    },
    shuffle: (of) =>
      of
        .map((value) => ({ value, rank: next() }))
        .toSorted((a, b) => a.rank - b.rank)
        .map(({ value }) => value),
    fork: (name) => makeRandom(`${seed}/${name}`)
  }
}
