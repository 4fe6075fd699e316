// How idle the machine is before a run: what else it does would be measured with the contestants.
import { cpus } from "node:os"
import { setTimeout as sleep } from "node:timers/promises"

/** Below this share, other work is more than noise. */
const idleEnough = 0.9

const idleMs = (): number => cpus().reduce((sum, { times }) => sum + times.idle, 0)

/**
 * Tells, when it is called, the share of all processors' time since in which they had nothing to do. Waiting for a
 * disk and what a hypervisor gives to others do not count as idle.
 */
export function watchIdle(): () => number {
  const began = performance.now()
  const before = idleMs()
  return () => {
    const share = (idleMs() - before) / (cpus().length * (performance.now() - began))
    // The kernel counts in ticks.
    return Math.min(1, share)
  }
}

/** The same over so many seconds. */
export async function measureIdle(seconds: number): Promise<number> {
  const idle = watchIdle()
  await sleep(1000 * seconds)
  return idle()
}

export const describeIdle = (share: number): string => {
  const percent = `${Math.round(100 * share)} %`
  return share < idleEnough
    ? `BUSY MACHINE: only ${percent} idle before the run, so only large ratios say something.`
    : `The machine was ${percent} idle before the run.`
}
