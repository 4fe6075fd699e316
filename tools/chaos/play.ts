// Plays one scenario: opens its stage, puts the load on, lets the faults happen, heals, waits until all
// orders are settled, and judges.
import { setTimeout as sleep } from "node:timers/promises"
import { leaseSeconds } from "../../src/worker/MailLoop.ts"
import { type Load, startLoad } from "./buyers.ts"
import { type HealthWatch, watchFleet } from "./health.ts"
import type { Row } from "./row.ts"
import type { Scenario } from "./scenario.ts"
import type { OpenStage, Stage } from "./stage.ts"
import { type Details, isStuck, judge } from "./verdict.ts"

export interface Result {
  readonly row: Row
  readonly details: Details
  /** What each process logged, by the name of its start. */
  readonly logs: ReadonlyArray<{ readonly name: string; readonly text: string }>
}

export interface Progress {
  readonly scenario: string
  readonly phase: string
  readonly seconds: number
  readonly accepted: number
}

export interface PlayOptions {
  readonly seed: string
  /** How long the faults go on. */
  readonly seconds: number
  readonly progress: (progress: Progress) => void
  /** How much longer than usual buyers wait between two requests. */
  readonly thinkFactor?: number
  /** Moves the times of mails that wait for a lease to end, as if they had passed: otherwise it takes half a minute. */
  readonly skipLeases?: boolean
}

const warmUpMs = 1500
const afterHealingMs = 2500
const progressEveryMs = 5000
/** More than the watchdog takes for an order that it took while the database went away (1 + 2 min). */
const settleWithinMs = 240_000

async function untilSettled(stage: Stage, skipLeases: boolean): Promise<void> {
  const { orders } = stage
  const deadline = Date.now() + settleWithinMs
  const unsettled = {
    $or: [
      { status: { $in: ["pending", "confirmed"] } },
      { "notice.state": { $in: ["waiting", "sending"] } }
    ]
  }
  while (Date.now() < deadline) {
    const open = await orders
      .find(unsettled, { projection: { status: 1, confirmation: 1, notice: 1 } })
      .toArray()
    if (!open.some(isStuck)) return
    if (skipLeases) await endLeases(stage)
    await sleep(500)
  }
}

/**
 * A mail that may be out waits five minutes for its next attempt, and longer each time. Here its time is moved, as if they
 * had passed.
 */
async function bringForward({ orders }: Stage): Promise<void> {
  await orders.updateMany(
    { "work.unknownSends": { $gte: 1 }, "confirmation.state": "waiting" },
    { $set: { "work.dueAt": new Date() } }
  )
  await orders.updateMany(
    { "notice.work.unknownSends": { $gte: 1 }, "notice.state": "waiting" },
    { $set: { "notice.work.dueAt": new Date() } }
  )
}

/** Longer than a worker takes to read a recipient (5 s) and to send (8 s). */
const sentWithinMs = 13_000

/** Ends the leases of claims that no living worker sends any more, and the wait of notices for a confirmation that is sent. */
async function endLeases({ orders }: Stage): Promise<void> {
  const past = new Date(0)
  const leaseUntil = { $lt: new Date(Date.now() + leaseSeconds * 1000 - sentWithinMs) }
  for (const at of ["", "notice."])
    await orders.updateMany(
      { [`${at}claim.leaseUntil`]: leaseUntil },
      { $set: { [`${at}claim.leaseUntil`]: past, [`${at}work.dueAt`]: past } }
    )
  await orders.updateMany(
    { "notice.state": "waiting", "confirmation.state": { $ne: "sending" } },
    { $set: { "notice.work.dueAt": past } }
  )
}

export async function play(
  openStage: OpenStage,
  scenario: Scenario,
  { seed, seconds, progress, thinkFactor, skipLeases = false }: PlayOptions
): Promise<Result> {
  const began = Date.now()
  const { name } = scenario
  let phase = "starting"
  let stage: Stage | undefined
  let load: Load | undefined
  let health: HealthWatch | undefined
  const tell = (): void =>
    progress({
      scenario: name,
      phase,
      seconds: (Date.now() - began) / 1000,
      accepted: stage?.journal.accepted.size ?? 0
    })
  const ticking = setInterval(tell, progressEveryMs)
  const enter = (next: string): void => {
    phase = next
    tell()
  }
  try {
    await scenario.prepare?.()
    stage = await openStage({ name, seed, seconds, env: scenario.env ?? {} })
    const { journal, fleet } = stage
    const report = (problem: string): void => void journal.problems.push(problem)
    health = watchFleet(fleet, report)
    load = startLoad(stage, thinkFactor)
    enter("load")
    await sleep(warmUpMs)
    enter("faults")
    await scenario.run(stage)
    enter("healing")
    await stage.heal()
    const healedAt = Date.now()
    await sleep(afterHealingMs)
    await load.stop()
    enter("settling")
    await bringForward(stage)
    await untilSettled(stage, skipLeases)
    const problems = (await scenario.inspect?.(stage)) ?? []
    await health.stop()
    enter("judging")
    const touchesRedis = scenario.touchesRedis ?? false
    const mixesVersions = scenario.prepare !== undefined
    const judged = await judge(stage, {
      ...{ scenario: name, touchesRedis, mixesVersions, healedAt, health, problems }
    })
    return { ...judged, logs: fleet.logs() }
  } finally {
    clearInterval(ticking)
    load?.abandon()
    await health?.stop()
    await stage?.close()
  }
}
