// A thread that runs what it is given: a range of seeds, or a mutation until a seed catches it.
import { parentPort } from "node:worker_threads"
import { mutations } from "./mutations.ts"
import { type RunResult, simulate } from "./simulate.ts"

export interface Task {
  readonly first: number
  readonly count: number
  /** The name of one; it is run until it is caught. */
  readonly mutation?: string
}

/** Traces stay here: a seed replays. */
export type Summary = Omit<RunResult, "trace">

export const runTask = ({ first, count, mutation: name }: Task): ReadonlyArray<Summary> => {
  const mutation = mutations.find((one) => one.name === name)
  const summaries: Array<Summary> = []
  for (let seed = first; seed < first + count; seed++) {
    const { trace: _, ...summary } = simulate(seed, { mutation })
    summaries.push(summary)
    if (mutation !== undefined && summary.violation !== undefined) break
  }
  return summaries
}

parentPort?.on("message", (task: Task) => {
  parentPort?.postMessage(runTask(task))
})
