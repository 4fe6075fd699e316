// Confirms the orders of a batch of deliveries and mails them. A message is deleted only once its
// order is settled; otherwise it comes back, at once where the batch is interrupted. Only waits can be
// interrupted: what a claim won and what a send answered is always known before the batch ends.
import { Cause, Data, Effect, Exit } from "effect"
import { cacheOrders } from "../services/orders/cacheOrders.ts"
import type { Delivery } from "../services/orders/OrderQueue.ts"
import { type ClaimOutcome, OrderStore } from "../services/orders/OrderStore.ts"
import { IdGenerator } from "../services/runtime/IdGenerator.ts"
import { addSeconds, now } from "../services/time.ts"
import { acknowledge, hide } from "./dispose.ts"
import { type Job, readJobs, receiveCountOf } from "./jobs.ts"
import { hideSeconds, workRetry } from "./schedules.ts"
import { type Claimed, type SendOutcome, sendMails } from "./sendMails.ts"
import { type Finished, record, release } from "./settle.ts"

export interface ConfirmOptions {
  /** How long the deliveries are hidden from others, and so how long a claim holds. */
  readonly visibilitySeconds: number
  /** Orders whose mail this process sent and could not record: it records them when they come back. */
  readonly unrecorded: Set<string>
}

type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/** Some mails of a batch were not sent, and may be tried again soon. */
class Unsent extends Data.TaggedError("Unsent")<{ readonly count: number }> {}

const untilNextAttempt = (job: Job): number => hideSeconds(receiveCountOf(job))
const atOnce = (): number => 0
const wasInterrupted = (exit: Exit.Exit<unknown, unknown>): boolean =>
  Exit.isFailure(exit) && Cause.hasInterrupts(exit.cause)

/** Claims the mails of the jobs; none where the store is away, and the messages are hidden then. */
const claim = Effect.fnUntraced(function* (
  jobs: ReadonlyArray<Job>,
  claimId: string,
  leaseUntil: Date,
  restore: Restore
) {
  const store = yield* OrderStore
  let claims: ReadonlyMap<string, ClaimOutcome> | undefined
  const attempt = Effect.gen(function* () {
    const at = yield* now
    const orderIds = jobs.map(({ orderId }) => orderId)
    claims = yield* store.claim({ orderIds, claimId, at, leaseUntil })
  })
  const exit = yield* Effect.uninterruptible(attempt).pipe(
    Effect.retry(workRetry),
    restore,
    Effect.exit
  )
  if (claims !== undefined) return claims
  const secondsOf = wasInterrupted(exit) ? atOnce : untilNextAttempt
  yield* hide(jobs.map((job) => ({ job, seconds: secondsOf(job) })))
  yield* Effect.catch(exit, (error) => Effect.logWarning("a batch could not be claimed", error))
  return new Map<string, ClaimOutcome>()
})

/** Ends the deliveries of the jobs that are not this worker's to mail; returns the others. */
const sortOut = Effect.fnUntraced(function* (
  jobs: ReadonlyArray<Job>,
  claims: ReadonlyMap<string, ClaimOutcome>,
  unrecorded: Set<string>
) {
  const at = yield* now
  const claimed: Array<Claimed> = []
  const settled: Array<Job> = []
  const hidden: Array<{ readonly job: Job; readonly seconds: number }> = []
  for (const job of jobs) {
    const outcome = claims.get(job.orderId) ?? { _tag: "Missing" }
    switch (outcome._tag) {
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
        // Never deleted for it: the order may be unreadable, not absent. The queue's redrive policy
        // takes it in the end, where an operator sees it.
        hidden.push({ job, seconds: untilNextAttempt(job) })
        yield* Effect.logError("no such order").pipe(Effect.annotateLogs({ orderId: job.orderId }))
    }
  }
  yield* Effect.all(
    [cacheOrders(claimed.map(({ order }) => order)), acknowledge(settled), hide(hidden)],
    { concurrency: "unbounded", discard: true }
  )
  return claimed
})

/** Mails in rounds; after each, what is finished is recorded, and what is hopeless for now released. */
const mail = Effect.fnUntraced(function* (
  claimed: ReadonlyArray<Claimed>,
  claimId: string,
  leaseUntil: Date,
  unrecorded: Set<string>,
  restore: Restore
) {
  const pending = new Map(claimed.map((job) => [job.orderId, job]))

  const conclude = (outcomes: ReadonlyMap<string, SendOutcome>) => {
    const finished: Array<Finished> = []
    const postponed: Array<Job> = []
    for (const job of [...pending.values()]) {
      const outcome = outcomes.get(job.orderId)
      if (outcome === undefined) continue
      pending.delete(job.orderId)
      if (outcome._tag === "Postponed") postponed.push(job)
      else finished.push({ job, outcome })
    }
    return Effect.andThen(
      record(finished, claimId, unrecorded),
      release(postponed, claimId, untilNextAttempt)
    )
  }

  const round = Effect.uninterruptibleMask((restoreRound) =>
    Effect.gen(function* () {
      const outcomes = new Map<string, SendOutcome>()
      const exit = yield* sendMails([...pending.values()], {
        leaseUntil,
        sentBefore: unrecorded,
        outcomes
      }).pipe(restoreRound, Effect.exit)
      yield* conclude(outcomes)
      yield* exit
      if (pending.size > 0) return yield* new Unsent({ count: pending.size })
    })
  )

  const exit = yield* Effect.retry(round, workRetry).pipe(restore, Effect.exit)
  yield* release([...pending.values()], claimId, wasInterrupted(exit) ? atOnce : untilNextAttempt)
  yield* Effect.catch(exit, ({ count }) => Effect.logWarning(`${count} mails are left for later`))
})

export const confirmBatch = (
  deliveries: ReadonlyArray<Delivery>,
  { visibilitySeconds, unrecorded }: ConfirmOptions
) =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const leaseUntil = addSeconds(yield* now, visibilitySeconds)
      const jobs = yield* readJobs(deliveries)
      if (jobs.length === 0) return
      const claimId = yield* (yield* IdGenerator).next
      const claims = yield* claim(jobs, claimId, leaseUntil, restore)
      if (claims.size === 0) return
      const claimed = yield* sortOut(jobs, claims, unrecorded)
      if (claimed.length > 0) yield* mail(claimed, claimId, leaseUntil, unrecorded, restore)
    })
  ).pipe(Effect.withSpan("confirmBatch", { root: true, attributes: { size: deliveries.length } }))
