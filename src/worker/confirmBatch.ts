// Confirms the orders of a batch of deliveries and mails them. A message is deleted only once its
// order is settled, the watchdog has it, or a fresh one is in its place; otherwise it comes back, at once
// where the batch is interrupted. Only waits can be interrupted: what a claim won and what a send answered is always known
// before the batch ends.
import { Array as Arr, Cause, Data, Effect, Exit, Fiber } from "effect"
import type { OrderId } from "../services/ids.ts"
import type { ClaimOutcome } from "../services/orders/model/mailClaims.ts"
import { ClaimId } from "../services/orders/model/Order.ts"
import type { Delivery } from "../services/orders/ports/OrderQueue.ts"
import { OrderStore } from "../services/orders/ports/OrderStore.ts"
import { IdGenerator } from "../services/runtime/IdGenerator.ts"
import { isolate } from "../services/runtime/isolate.ts"
import { now } from "../services/time.ts"
import { acknowledge, type Hidden, hide } from "./dispose.ts"
import { type Hold, makeHold } from "./hold.ts"
import { type Job, readJobs } from "./jobs.ts"
import { type Failed, fail, handBack, postpone, reasonOf } from "./leave.ts"
import { workRetry } from "./schedules.ts"
import { type Claimed, type SendOutcome, sendMails } from "./sendMails.ts"
import { type Finished, record } from "./settle.ts"
import { showOrders } from "./showOrders.ts"

export interface ConfirmOptions {
  /** How long the deliveries are hidden from others, and so how long a claim holds. */
  readonly visibilitySeconds: number
  /** Orders whose mail this process sent and could not record: it records them when they come back. */
  readonly unrecorded: Set<OrderId>
}

type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/** Some mails of a batch were not sent, and may be tried again soon. */
class Unsent extends Data.TaggedError("Unsent")<{ readonly count: number }> {}

const wasInterrupted = (exit: Exit.Exit<unknown, unknown>): boolean =>
  Exit.isFailure(exit) && Cause.hasInterrupts(exit.cause)

/** Jobs that were not finished: back at once in a shutdown, later in an outage. */
const leave = (
  hold: Hold,
  jobs: ReadonlyArray<Job>,
  exit: Exit.Exit<unknown, unknown>,
  options: { readonly claimed: boolean }
) => (wasInterrupted(exit) ? handBack(hold, jobs, options) : postpone(hold, jobs, options))

/** Claims the mails of the jobs; none where the store is away, and the jobs are left then. */
const claim = Effect.fnUntraced(function* (hold: Hold, jobs: ReadonlyArray<Job>, restore: Restore) {
  const store = yield* OrderStore
  const { claimId } = hold
  // The same claim each time: what an attempt won whose answer was lost, the next one finds won.
  const claimPart = Effect.fnUntraced(function* (part: ReadonlyArray<Job>) {
    const at = yield* now
    const orderIds = part.map(({ orderId }) => orderId)
    return yield* store.claim({ orderIds, claimId, at, leaseUntil: hold.leaseUntil() })
  })
  let claims: ReadonlyMap<OrderId, ClaimOutcome> | undefined
  let failures: ReadonlyArray<Failed> = []
  const attempt = Effect.map(isolate(jobs, claimPart), (parts) => {
    const [results, poisoned] = Arr.separate(parts)
    claims = new Map(results.flatMap((result) => Array.from(result)))
    failures = poisoned.map(({ item, defect }) => ({
      job: item,
      reason: reasonOf("the order cannot be claimed", defect)
    }))
  })
  const exit = yield* Effect.uninterruptible(attempt).pipe(
    Effect.retry(workRetry),
    restore,
    Effect.exit
  )
  if (claims === undefined) {
    yield* leave(hold, jobs, exit, { claimed: false })
    yield* Effect.catch(exit, (error) => Effect.logWarning("a batch could not be claimed", error))
    return new Map<OrderId, ClaimOutcome>()
  }
  yield* fail(hold, failures, { claimed: false })
  return claims
})

/** The jobs that are this worker's to mail, and what to do beside: show them, end the others' deliveries. */
const sortOut = Effect.fnUntraced(function* (
  hold: Hold,
  jobs: ReadonlyArray<Job>,
  claims: ReadonlyMap<OrderId, ClaimOutcome>,
  unrecorded: Set<OrderId>
) {
  const at = yield* now
  const claimed: Array<Claimed> = []
  const settled: Array<Job> = []
  const hidden: Array<Hidden> = []
  const failures: Array<Failed> = []
  for (const job of jobs) {
    const outcome = claims.get(job.orderId)
    switch (outcome?._tag) {
      case "Claimed":
        claimed.push({ ...job, order: outcome.order })
        break
      case "Settled":
        settled.push(job)
        unrecorded.delete(job.orderId)
        break
      case "Held": {
        const seconds = Math.ceil((outcome.until.getTime() - at.getTime()) / 1000)
        hidden.push({ job, seconds: Math.max(seconds, 1) })
        break
      }
      case "Missing":
        // Never deleted for it: an operator should see what asks for an order that nobody has.
        failures.push({ job, reason: "no such order" })
        break
      case undefined:
        // Claiming it died: `claim` has seen to it.
        break
    }
  }
  hold.claimed(claimed)
  const beside = Effect.all(
    [
      showOrders(claimed.map(({ order }) => order)),
      acknowledge(hold, settled),
      hide(hold, hidden),
      fail(hold, failures, { claimed: false })
    ],
    { concurrency: "unbounded", discard: true }
  )
  return { claimed, beside }
})

/** Ends the jobs whose outcome is known, and takes them out of `pending`. */
const conclude = Effect.fnUntraced(function* (
  hold: Hold,
  pending: Map<OrderId, Claimed>,
  outcomes: ReadonlyMap<OrderId, SendOutcome>,
  unrecorded: Set<OrderId>
) {
  const finished: Array<Finished> = []
  const postponed: Array<Job> = []
  const failures: Array<Failed> = []
  for (const job of [...pending.values()]) {
    const outcome = outcomes.get(job.orderId)
    if (outcome === undefined) continue
    pending.delete(job.orderId)
    switch (outcome._tag) {
      case "Postponed":
        postponed.push(job)
        break
      case "Failed":
        failures.push({ job, reason: outcome.reason })
        break
      case "Lost":
        // Its message comes back when its visibility ends, as those of a dead worker do.
        break
      default:
        finished.push({ job, outcome })
    }
  }
  const unrecordable = yield* record(hold, finished, unrecorded)
  yield* postpone(hold, postponed, { claimed: true })
  yield* fail(hold, failures, { claimed: true })
  // A sent one keeps its claim: nobody else should send it while this process may still record it.
  yield* fail(
    hold,
    unrecordable.map(({ job, defect }) => ({
      job,
      reason: reasonOf("what came of the mail cannot be recorded", defect)
    })),
    { claimed: false }
  )
})

/** Mails in rounds; after each, what is finished is recorded, and what is hopeless for now left. */
const mail = Effect.fnUntraced(function* (
  hold: Hold,
  claimed: ReadonlyArray<Claimed>,
  unrecorded: Set<OrderId>,
  restore: Restore
) {
  const pending = new Map(claimed.map((job) => [job.orderId, job]))

  const round = Effect.uninterruptibleMask((restoreRound) =>
    Effect.gen(function* () {
      const outcomes = new Map<OrderId, SendOutcome>()
      const exit = yield* sendMails([...pending.values()], {
        hold,
        sentBefore: unrecorded,
        outcomes
      }).pipe(restoreRound, Effect.exit)
      yield* conclude(hold, pending, outcomes, unrecorded)
      yield* exit
      if (pending.size > 0) return yield* new Unsent({ count: pending.size })
    })
  )

  const exit = yield* Effect.retry(round, workRetry).pipe(restore, Effect.exit)
  yield* leave(hold, [...pending.values()], exit, { claimed: true })
  yield* Effect.catch(exit, ({ count }) => Effect.logWarning(`${count} mails are left for later`))
})

const confirmJobs = Effect.fnUntraced(function* (
  hold: Hold,
  jobs: ReadonlyArray<Job>,
  unrecorded: Set<OrderId>,
  restore: Restore
) {
  const claims = yield* claim(hold, jobs, restore)
  if (claims.size === 0) return
  const { claimed, beside } = yield* sortOut(hold, jobs, claims, unrecorded)
  if (claimed.length === 0) return yield* beside
  // Begun before the mails, which do not wait for it: it ends other orders' deliveries, and what it shows
  // is fenced by version. The mails stay in this fiber, where an interruption reaches their waits.
  yield* Effect.acquireUseRelease(
    Effect.forkChild(beside, { startImmediately: true }),
    () => mail(hold, claimed, unrecorded, restore),
    Fiber.join
  )
})

export const confirmBatch = (
  deliveries: ReadonlyArray<Delivery>,
  { visibilitySeconds, unrecorded }: ConfirmOptions
) =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const jobs = yield* readJobs(deliveries)
      if (jobs.length === 0) return
      const claimId = ClaimId.make(yield* (yield* IdGenerator).next)
      const hold = yield* makeHold(jobs, claimId, visibilitySeconds)
      yield* Effect.acquireUseRelease(
        Effect.forkChild(hold.heartbeat),
        () => confirmJobs(hold, jobs, unrecorded, restore),
        Fiber.interrupt
      )
    })
  ).pipe(Effect.withSpan("confirmBatch", { root: true, attributes: { size: deliveries.length } }))
