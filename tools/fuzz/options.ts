// The command line of `npm run fuzz`.
import { parseArgs } from "node:util"
import { readSeededRun, type SeededRun, seededOptions, seededUsage } from "../harness/options.ts"
import { type TargetName, targetNames } from "./systems.ts"

export interface Options extends SeededRun {
  readonly targets: ReadonlyArray<TargetName>
}

export const usage = [
  "Usage: npm run fuzz -- [--minutes M] [--target embedded|live|both] [--seed S] [--out FILE]",
  "  --minutes    for all targets together (default 10), a sixth of it for schemathesis",
  "  --target     which system is attacked (default both)",
  ...seededUsage("fuzz")
].join("\n")

const isTarget = (text: string): text is TargetName => targetNames.some((name) => name === text)

const targetsOf = (text: string): ReadonlyArray<TargetName> => {
  if (text === "both") return targetNames
  if (isTarget(text)) return [text]
  throw new Error(`--target takes embedded, live or both, not "${text}"`)
}

/** Throws with a sentence for the person who typed the arguments. */
export function readOptions(args: ReadonlyArray<string>): Options {
  const { values } = parseArgs({
    args: [...args],
    options: { ...seededOptions, target: { type: "string", default: "both" } }
  })
  return { ...readSeededRun("fuzz", values, 10), targets: targetsOf(values.target) }
}
