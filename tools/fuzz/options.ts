// The command line of `npm run fuzz`.
import { parseArgs } from "node:util"
import { minutesOf, seedOf } from "../harness/command/options.ts"
import { type TargetName, targetNames } from "./systems.ts"

export interface Options {
  readonly minutes: number
  readonly targets: ReadonlyArray<TargetName>
  readonly seed: string
  readonly out: string
}

export const usage = [
  "Usage: npm run fuzz -- [--minutes M] [--target embedded|live|both] [--seed S] [--out FILE]",
  "  --minutes    for all targets together (default 10), a third of it for schemathesis",
  "  --target     which system is attacked (default both)",
  "  --seed       of every random choice (default: one of its own, printed)",
  "  --out        where the raw results go (default results/fuzz-SEED.json)"
].join("\n")

const isTarget = (text: string): text is TargetName => targetNames.some((name) => name === text)

const targetsOf = (text: string): ReadonlyArray<TargetName> => {
  if (text === "both") return targetNames
  if (isTarget(text)) return [text]
  throw new Error(`--target takes embedded, live or both, not "${text}"`)
}

/** Throws with a sentence for whoever typed it. */
export function readOptions(args: ReadonlyArray<string>): Options | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: "string", default: "10" },
      target: { type: "string", default: "both" },
      seed: { type: "string" },
      out: { type: "string" },
      help: { type: "boolean", default: false }
    }
  })
  if (values.help) return "help"
  const minutes = minutesOf(values.minutes)
  const seed = seedOf(values.seed)
  return {
    minutes,
    targets: targetsOf(values.target),
    seed,
    out: values.out ?? `results/fuzz-${seed}.json`
  }
}
