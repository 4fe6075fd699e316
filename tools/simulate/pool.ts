// Shares tasks among as many threads as the machine has cores. Runs are independent of each other and
// of the thread: sharing changes nothing but the time that it takes.
import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import type { Summary, Task } from "./lane.ts"

/** Runs all tasks; `done` hears of each as it ends, in any order. */
export const runTasks = async (
  tasks: ReadonlyArray<Task>,
  done: (task: Task, summaries: ReadonlyArray<Summary>) => void
): Promise<void> => {
  const left = [...tasks]
  const lane = () =>
    new Promise<void>((resolve, reject) => {
      const thread = new Worker(new URL("./lane.ts", import.meta.url))
      let task: Task | undefined
      const next = () => {
        task = left.shift()
        if (task !== undefined) return thread.postMessage(task)
        thread.terminate().then(() => resolve(), reject)
      }
      thread.on("message", (summaries: ReadonlyArray<Summary>) => {
        if (task !== undefined) done(task, summaries)
        next()
      })
      thread.on("error", reject)
      next()
    })
  const lanes = Math.min(availableParallelism(), tasks.length)
  await Promise.all(Array.from({ length: lanes }, lane))
}
