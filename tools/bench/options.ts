// The command line of `npm run bench`.
import { existsSync } from "node:fs"
import { parseArgs } from "node:util"
import { namedIn, wholeNumber } from "../harness/options.ts"
import type { Pace, Workload } from "./workload.ts"

export interface Options {
  readonly workloads: ReadonlyArray<Workload>
  readonly pace: Pace
  readonly quick: boolean
  /** This system alone, by one process, two and three. */
  readonly scaling: boolean
  readonly publish: boolean
  readonly out: string
  /** Where CPU profiles of this system go; undefined: none are made. */
  readonly profile: string | undefined
}

const fullPace: Pace = { rounds: 3, warmUpSeconds: 3, seconds: 8, messages: 5000 }
/** About eight minutes. Workers begin while the queue is still filled, so there are more messages. */
const scalingPace: Pace = { rounds: 3, warmUpSeconds: 3, seconds: 6, messages: 8000 }
const quickPace: Pace = { rounds: 2, warmUpSeconds: 1.5, seconds: 3, messages: 1500 }
const paces = { full: fullPace, scaling: scalingPace, quick: quickPace } as const
/** Fewer say too little of what the machine did meanwhile. */
const publishedRounds = { full: 5, scaling: 3 } as const

export const usageOf = (workloads: ReadonlyArray<Workload>): string =>
  [
    "Usage: npm run bench -- [--quick | --scaling] [--only NAME[,NAME]] [--rounds N] [--out FILE]",
    "                        [--publish] [--profile FOLDER]",
    "  --quick     the main workloads for a few seconds each, and the limits alone; ends with 1 where",
    "              a ratio to a limit is far below what it was",
    "  --scaling   this system by one process, two and three: throughput, conflicts and fairness",
    "  --only      only these",
    "  --rounds    how often each contestant is measured, in turns (default 3; --quick: 2; --publish: 5,",
    "              with --scaling 3)",
    "  --out       where the raw results go (default results/bench-TIME.json)",
    "  --publish   writes the table and the plots into docs; takes no fewer rounds than its default",
    "  --profile   measures this system alone, under Node's profiler, and tells whose code takes the time",
    "Workloads:",
    ...workloads.map(({ name, title }) => `  ${name.padEnd(20)} ${title}`)
  ].join("\n")

/** Throws with a sentence for the person who typed the arguments. */
export function readOptions(
  args: ReadonlyArray<string>,
  workloads: Readonly<Record<keyof typeof paces, ReadonlyArray<Workload>>>,
  now: Date
): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      scaling: { type: "boolean", default: false },
      only: { type: "string" },
      rounds: { type: "string" },
      out: { type: "string" },
      publish: { type: "boolean", default: false },
      profile: { type: "string" }
    }
  })
  if (values.profile !== undefined && existsSync(values.profile))
    throw new Error(`${values.profile} exists: profiles of several runs would be mixed up`)
  if (values.profile !== undefined && values.publish)
    throw new Error("--profile slows down what it measures, so it does not go with --publish")
  if (values.quick && values.publish) throw new Error("--quick measures too little to --publish")
  if (values.quick && values.scaling) throw new Error("--quick does not go with --scaling")
  if (values.profile !== undefined && values.scaling)
    throw new Error("--profile does not go with --scaling")
  const size = values.scaling ? "scaling" : "full"
  const kind = values.quick ? "quick" : size
  const offered = workloads[kind]
  const pace = paces[kind]
  const least = values.publish ? publishedRounds[size] : 1
  const rounds = wholeNumber("rounds", values.rounds ?? String(Math.max(pace.rounds, least)), least)
  const stamp = now.toISOString().slice(0, 19).replaceAll(":", "-")
  return {
    workloads: namedIn("workload", offered, values.only),
    pace: { ...pace, rounds },
    quick: values.quick,
    scaling: values.scaling,
    publish: values.publish,
    profile: values.profile,
    out: values.out ?? `results/bench-${stamp}.json`
  }
}
