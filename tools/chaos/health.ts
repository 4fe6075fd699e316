// Asks every process of the fleet for /healthz: each one that is up has to answer, also while its dependencies fail.
// harness/load.ts watches one process, which is never killed.
import { setTimeout as sleep } from "node:timers/promises"
import type { Fleet, Process } from "./fleet.ts"
import { ask } from "./http.ts"

export interface HealthWatch {
  /** How often a process that was up did not answer. */
  readonly failures: () => number
  readonly asked: () => number
  readonly stop: () => Promise<void>
}

const everyMs = 250
const answerWithinMs = 5000

export function watchFleet(fleet: Fleet, report: (problem: string) => void): HealthWatch {
  const stopped = new AbortController()
  let failures = 0
  let asked = 0

  const look = async (process: Process): Promise<void> => {
    const { generation, url } = process
    const healthy = await ask({ method: "GET", url: `${url}/healthz`, timeoutMs: answerWithinMs })
      .then(({ status }) => status === 200)
      .catch(() => false)
    // Killed, frozen or asked to stop meanwhile: no answer is expected then.
    if (process.state !== "up" || process.generation !== generation) return
    asked += 1
    if (healthy) return
    failures += 1
    report(`${process.caller} did not answer /healthz`)
  }

  const watching = (async () => {
    while (!stopped.signal.aborted) {
      const up = fleet.processes().filter(({ state }) => state === "up")
      await Promise.all(up.map(look))
      await sleep(everyMs)
    }
  })()

  return {
    failures: () => failures,
    asked: () => asked,
    stop: async () => {
      stopped.abort()
      await watching
    }
  }
}
