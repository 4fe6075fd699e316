// What happened in a run, line by line in virtual time, and a hash of it: two runs of a seed are the
// same exactly where their hashes are.
import { fnv1a } from "../harness/random.ts"

export interface Trace {
  readonly add: (actor: string, text: string) => void
  /** What the programs log: it is no part of what happened, and not of the hash. */
  readonly remark: (text: string) => void
  readonly lines: ReadonlyArray<string>
  readonly hash: () => string
}

const actorWidth = 10

export const makeTrace = (now: () => number): Trace => {
  const lines: Array<string> = []
  const lineOf = (actor: string, text: string) =>
    `${(now() / 1000).toFixed(3).padStart(9)}  ${actor.padEnd(actorWidth)} ${text}`
  let hash = fnv1a("")
  return {
    lines,
    add: (actor, text) => {
      const line = lineOf(actor, text)
      hash = fnv1a(line, hash)
      lines.push(line)
    },
    remark: (text) => {
      lines.push(lineOf("  log", text))
    },
    hash: () => hash.toString(16).padStart(8, "0")
  }
}
