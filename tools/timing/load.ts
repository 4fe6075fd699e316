// Load from a process of its own, so that sending it and measuring it take no time from each other. A job
// comes in as a message; "begun" goes out with the first answer, and the outcomes at the end. Times are
// exact to a few microseconds: a cached read takes less than the milliseconds that load generators count in.
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { setTimeout } from "node:timers/promises"
import { makeLoad, type Outcome, type Shot } from "../harness/load.ts"

export interface Job {
  readonly url: string
  readonly token?: string
  /** One for each connection; each is sent again and again. */
  readonly shots: ReadonlyArray<Shot>
  /** From one request of a connection to its next; 0: as soon as the answer is there. */
  readonly everyMs: number
  /** Until it is stopped without them. */
  readonly seconds?: number
}

export interface Made {
  readonly outcomes: ReadonlyArray<Outcome>
  /** How long it took, like the outcomes without the warm-up. */
  readonly seconds: number
}

export type Report = { readonly event: "begun" } | ({ readonly event: "ended" } & Made)

/** What the first requests of a process take says more about that process. */
const warmUpMs = 500

const report = (message: Report): void => {
  process.send?.(message)
}

async function work({ url, token, shots, everyMs, seconds }: Job): Promise<void> {
  let endsAt = seconds === undefined ? Number.POSITIVE_INFINITY : warmUpMs + seconds * 1000
  process.once("message", () => {
    endsAt = 0
  })
  const load = makeLoad(url, shots.length, token)
  const began = performance.now()
  const outcomes: Array<Outcome> = []
  let isBegun = false
  const lane = async (shot: Shot, i: number): Promise<void> => {
    // Connections take turns, rather than all sending in the same moment.
    let due = began + (everyMs * i) / shots.length
    for (;;) {
      const early = due - performance.now()
      if (early > 0) await setTimeout(early)
      const now = performance.now() - began
      if (now > endsAt) return
      const outcome = await load.shoot(shot)
      if (now > warmUpMs) outcomes.push(outcome)
      if (!isBegun) report({ event: "begun" })
      isBegun = true
      due = Math.max(due + everyMs, performance.now())
    }
  }
  await Promise.all(shots.map(lane))
  load.close()
  const ms = performance.now() - began - warmUpMs
  report({ event: "ended", outcomes, seconds: ms / 1000 })
}

/** Starts a job. `begun` comes with its first answer, `ended` with all that came after its warm-up. */
export function startLoad(job: Job): {
  readonly begun: Promise<void>
  readonly ended: Promise<Made>
  readonly stop: () => void
} {
  const child = fork(import.meta.filename, { stdio: "inherit" })
  child.send(job)
  const begun = heard(child, "begun").then(() => undefined)
  const ended = heard(child, "ended").then((last) => {
    child.disconnect()
    return last
  })
  return { begun, ended, stop: () => void child.send("stop") }
}

async function heard<E extends Report["event"]>(
  child: ChildProcess,
  event: E
): Promise<Extract<Report, { readonly event: E }>> {
  const died = once(child, "exit").then(([code, signal]) => {
    throw new Error(`the process that makes load ended with ${code ?? signal}`)
  })
  const reported = new Promise<Extract<Report, { readonly event: E }>>((resolve) => {
    child.on("message", (message: Report) => {
      if (message.event === event) resolve(message as Extract<Report, { readonly event: E }>)
    })
  })
  return Promise.race([reported, died])
}

if (process.send !== undefined && import.meta.main) process.once("message", work)
