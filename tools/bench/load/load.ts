// Makes load from another process, and answers what came of it.
import { fork } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import type { LoadResult, Plan } from "./plan.ts"

export interface Load {
  readonly results: Promise<ReadonlyArray<LoadResult>>
  readonly stop: () => void
}

const live = new Set<() => void>()
process.on("exit", () => {
  for (const stop of live) stop()
})

/** One result for each program that the plan names. Rejects where the process dies first. */
export function startLoad(plan: Plan): Load {
  const child = fork(join(import.meta.dirname, "program.ts"), {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    // JSON has no NaN, which is what the latency of no answer is.
    serialization: "advanced"
  })
  let said = ""
  const hear = (chunk: Buffer): void => {
    said = (said + chunk.toString()).slice(-2000)
  }
  child.stdout?.on("data", hear)
  child.stderr?.on("data", hear)
  const stop = (): void => void child.kill("SIGKILL")
  live.add(stop)
  const answered = once(child, "message").then(
    ([results]: ReadonlyArray<ReadonlyArray<LoadResult>>) => results ?? []
  )
  const gone = once(child, "close").then(([code, signal]: ReadonlyArray<unknown>) => {
    live.delete(stop)
    throw new Error(`the load's process ended with ${code ?? signal}:\n${said}`)
  })
  child.send(plan)
  const results = Promise.race([answered, gone])
  // The loser of the race, and a load that is no longer waited for.
  gone.catch(() => undefined)
  results.catch(() => undefined)
  return { results, stop }
}
