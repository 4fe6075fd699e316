// What can be wrong with how a command is served, read off what it costs with less and with more stored.
import type { Cost } from "./explain.ts"

export type Finding =
  /** Reads the whole collection. */
  | "COLLSCAN"
  /** Sorts in memory. */
  | "SORT"
  /** Reads more where more is stored. */
  | "grows"
  /** Reads much more than it finds. */
  | "reads in vain"

/** A seek may look at one key next to each that it finds. */
const readsInVain = ({ keys, documents, found }: Cost): boolean =>
  Math.max(keys, documents) > 2 * found + 1

export const findingsOf = (small: Cost, large: Cost): ReadonlyArray<Finding> => {
  const either = (stage: string) => small.stages.has(stage) || large.stages.has(stage)
  // The others would follow from it, and how many of them depends on the server's version.
  if (either("COLLSCAN")) return ["COLLSCAN"]
  return [
    ...(either("SORT") ? (["SORT"] as const) : []),
    ...(large.keys > small.keys || large.documents > small.documents ? (["grows"] as const) : []),
    ...(readsInVain(small) || readsInVain(large) ? (["reads in vain"] as const) : [])
  ]
}
