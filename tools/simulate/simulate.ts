// One run of one seed: load and faults, then quiet in which everything has to settle, then one more order,
// then the books.
import { Effect, Exit, type Scheduler, Scope } from "effect"
import { makeRandom } from "../harness/random.ts"
import { makeDueWatch } from "./dueWatch.ts"
import { checkEnd, isSettledAll, reportStuck } from "./end.ts"
import { scheduled } from "./incidents.ts"
import type { Violation } from "./ledger.ts"
import type { Mutation } from "./mutations.ts"
import { makePeople } from "./people.ts"
import { makePlan, type Plan } from "./plan.ts"
import { makeSystem } from "./system.ts"
import { runInTurns } from "./turns.ts"
import { makeWorld } from "./world.ts"

export interface RunResult {
  readonly seed: number
  readonly violation: Violation | undefined
  /** Of the trace without the programs' own log: two runs of a seed have the same. */
  readonly hash: string
  readonly trace: ReadonlyArray<string>
  readonly counts: Readonly<Record<string, number>>
  /** From the end of the faults until every order was settled and the queue empty. */
  readonly recoverySeconds: number
}

export interface RunOptions {
  readonly mutation?: Mutation | undefined
  /** Warnings and errors of the programs go into the trace too. */
  readonly logs?: boolean
}

const stepMillis = 5000
const loadMillis = 60_000
/** Three times the watchdog's longest interval. */
const recoveryMillis = 3 * 3600 * 1000
/** Longer than any process stands still or is down. */
const restMillis = 300_000

const run = Effect.fnUntraced(function* (
  plan: Plan,
  { mutation, logs = false }: RunOptions,
  scheduler: Scheduler.Scheduler
) {
  const random = makeRandom(plan.seed).fork()
  const world = yield* makeWorld({ scheduler, random: random.fork(), logs })
  const { now, trace, begin, pass } = world

  const building = yield* begin(makeSystem(plan, random.fork(), trace, mutation))
  yield* pass({ millis: 1, stepMillis: 1, done: () => building.pollUnsafe() !== undefined })
  const built = building.pollUnsafe()
  if (built === undefined || Exit.isFailure(built))
    return yield* Effect.die(new Error("the system did not start", { cause: built?.cause }))
  const system = built.value
  const { ledger, slots } = system

  const people = yield* makePeople(plan, system, world, random.fork())
  for (const incident of plan.incidents) yield* begin(scheduled(incident, system, trace))
  const violated = () => ledger.violation() !== undefined
  const passUntil = (millis: number, done: () => boolean) =>
    pass({ millis, stepMillis, done: () => violated() || done() })

  const quietAt = Math.max(plan.faultsEndAt, loadMillis)
  yield* passUntil(quietAt, () => now() >= quietAt)
  trace.add("hosts", "nothing goes wrong any more")
  const watch = makeDueWatch(plan, system, now)
  const settled = yield* passUntil(recoveryMillis, () => {
    watch()
    return people.served() && isSettledAll(system)
  })
  const recoverySeconds = (now() - quietAt) / 1000
  if (!settled) {
    reportStuck(system)
    ledger.violate("every buyer gets an answer", "some still wait")
  }

  yield* passUntil(restMillis, () =>
    slots.every(({ process }) => process !== undefined && process.pausedUntil <= now())
  )
  trace.add("hosts", "one more order")
  const last = yield* begin(people.last)
  yield* passUntil(restMillis, () => last.pollUnsafe() !== undefined)
  yield* passUntil(recoveryMillis, () => isSettledAll(system))
  if (!violated()) yield* checkEnd(system, plan)

  ledger.count("disturbed mails", ledger.mails.disturbedMails())
  return {
    seed: plan.seed,
    violation: ledger.violation(),
    hash: trace.hash(),
    trace: trace.lines,
    counts: Object.fromEntries(ledger.counts),
    recoverySeconds
  } satisfies RunResult
})

/** Runs a seed, with no real time passing. */
export const simulate = (seed: number, options: RunOptions = {}): RunResult => {
  const plan = makePlan(seed)
  // The scope is never closed: what a run has left is garbage, and its end is not waited for.
  const exit = runInTurns((scheduler) =>
    Effect.provideService(run(plan, options, scheduler), Scope.Scope, Scope.makeUnsafe())
  )
  if (Exit.isSuccess(exit)) return exit.value
  throw new Error(`seed ${seed} broke the simulation`, { cause: exit.cause })
}
