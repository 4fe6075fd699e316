// What happened in a run, line by line in virtual time, and a hash of it: two runs of a seed are the
// same exactly where their hashes are.

export interface Trace {
  readonly add: (actor: string, text: string) => void
  /** What the programs log: it is no part of what happened, and not of the hash. */
  readonly remark: (text: string) => void
  readonly lines: ReadonlyArray<string>
  readonly hash: () => string
}

const actorWidth = 10

/** FNV-1a over UTF-16 code units, 32 bits. */
const mix = (hash: number, text: string): number => {
  let h = hash
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return h
}

export const makeTrace = (now: () => number): Trace => {
  const lines: Array<string> = []
  const lineOf = (actor: string, text: string) =>
    `${(now() / 1000).toFixed(3).padStart(9)}  ${actor.padEnd(actorWidth)} ${text}`
  let hash = 0x811c9dc5
  return {
    lines,
    add: (actor, text) => {
      const line = lineOf(actor, text)
      hash = mix(hash, line)
      lines.push(line)
    },
    remark: (text) => {
      lines.push(lineOf("  log", text))
    },
    hash: () => (hash >>> 0).toString(16).padStart(8, "0")
  }
}
