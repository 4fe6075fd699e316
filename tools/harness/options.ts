// Options that several commands take. A value that does not fit throws a sentence for the person who typed it.

/** Of a command that draws from a seed for some time. */
export interface SeededRun {
  readonly minutes: number
  readonly seed: string
  /** The file of the raw results. */
  readonly out: string
}

/** For `parseArgs`. */
export const seededOptions = {
  minutes: { type: "string" },
  seed: { type: "string" },
  out: { type: "string" }
} as const

export const seededUsage = (command: string): ReadonlyArray<string> => [
  "  --seed       of every random choice (default: a new one, printed)",
  `  --out        where the raw results go (default results/${command}-SEED.json)`
]

export function readSeededRun(
  command: string,
  values: { readonly [K in keyof SeededRun]?: string | undefined },
  defaultMinutes: number
): SeededRun {
  const minutes = Number(values.minutes ?? defaultMinutes)
  if (!(minutes > 0)) throw new Error("--minutes takes a number above 0")
  const seed = values.seed ?? crypto.randomUUID().slice(0, 8)
  return { minutes, seed, out: values.out ?? `results/${command}-${seed}.json` }
}

export function wholeNumber(option: string, text: string, least: number): number {
  const number = Number(text)
  if (!/^\d+$/u.test(text) || !Number.isSafeInteger(number) || number < least)
    throw new Error(`--${option} takes a whole number of ${least} or more, not "${text}"`)
  return number
}

/** Those of `offered` that the option names, with commas between the names; all without the option. */
export function namedIn<A extends { readonly name: string }>(
  what: string,
  offered: ReadonlyArray<A>,
  text: string | undefined
): ReadonlyArray<A> {
  if (text === undefined) return offered
  const names = text.split(",")
  const unknown = names.find((name) => !offered.some((one) => one.name === name))
  if (unknown !== undefined) throw new Error(`there is no ${what} ${unknown}`)
  return offered.filter(({ name }) => names.includes(name))
}
