// The second step: claims mails that are due, as many as the shared rate allows now, sends them together, and has the
// outcome of each recorded. Nothing waits between a claim and its sends.
import { Array as Arr, Clock, Effect, Exit, FiberSet, Option, Scope, Semaphore } from "effect"
import type { User } from "../services/accounts/model/Account.ts"
import { AccountStore } from "../services/accounts/ports/AccountStore.ts"
import type { OrderId } from "../services/ids.ts"
import { SendRate } from "../services/messaging/SendRate.ts"
import type { ClaimedMail, MailOutcome } from "../services/orders/model/mailClaims.ts"
import { ClaimId } from "../services/orders/model/Order.ts"
import { OrderStore } from "../services/orders/ports/OrderStore.ts"
import { IdGenerator } from "../services/runtime/IdGenerator.ts"
import { isolate } from "../services/runtime/isolate.ts"
import { addSeconds, now, steadyMillis } from "../services/time.ts"
import type { DueMails } from "./DueMails.ts"
import { makeMailGate } from "./MailGate.ts"
import { makeMailRecorder } from "./MailRecorder.ts"
import { reasonOf } from "./refuse.ts"
import { shortRetry, storeRetry } from "./schedules.ts"
import { type Claim, sendMail } from "./sendMail.ts"
import { showOrders } from "./showOrders.ts"

export interface MailOptions {
  /** The most mails of one claim. The mails of the previous claim may be sent at the same time. */
  readonly concurrency: number
  /** The time from the beginning of shutdown until the outcomes of sent mails are recorded. */
  readonly drainSeconds: number
}

/** A send takes 8 s at most, and reading its recipient 5 s. */
export const leaseSeconds = 20

/** How long tokens without a claimed mail may be used: later they would exceed the rate. */
const spareMillis = 1000

/** The shortest wait for tokens: mails that become due meanwhile share one claim. */
const minWaitMillis = 50

/** Mails until its scope closes; returns once it is running. */
export const mailLoop = Effect.fnUntraced(function* (
  { concurrency, drainSeconds }: MailOptions,
  dueMails: DueMails
) {
  const store = yield* OrderStore
  const accounts = yield* AccountStore
  const rate = yield* SendRate
  const ids = yield* IdGenerator
  const gate = yield* makeMailGate
  const slots = yield* Semaphore.make(2 * concurrency)
  // Its own scope, closed by the drain.
  const work = yield* Scope.make()
  const recorder = yield* Scope.provide(makeMailRecorder, work)
  const sending = yield* Scope.provide(FiberSet.make<void>(), work)
  /** Tokens that were taken for mails that another worker claimed first. */
  let spare = 0
  let spareUntil = Number.NEGATIVE_INFINITY

  /** The users of the orders; an account that cannot be decoded is a defect only for its orders. */
  const findUsers = Effect.fnUntraced(function* (mails: ReadonlyArray<ClaimedMail>) {
    const userIds = Array.from(new Set(mails.map(({ order }) => order.userId)))
    const [found, poisoned] = Arr.separate(yield* isolate(userIds, accounts.findUsers))
    return {
      users: new Map(found.flat().map((user) => [user.id, user])),
      unreadable: new Map(poisoned.map(({ item, defect }) => [item, defect]))
    }
  })

  const record = ({ order, kind, request }: ClaimedMail, claimId: ClaimId, outcome: MailOutcome) =>
    recorder.record({ orderId: order.id, claimId, kind, request, outcome })

  const send = (mail: ClaimedMail, user: User | undefined, claim: Claim) =>
    sendMail(mail, user, claim, gate).pipe(
      Effect.flatMap((outcome) => record(mail, claim.id, outcome)),
      Effect.ensuring(Semaphore.release(slots, 1)),
      Effect.uninterruptible
    )

  const sendAll = Effect.fnUntraced(function* (mails: ReadonlyArray<ClaimedMail>, claim: Claim) {
    const { users, unreadable } = yield* findUsers(mails)
    for (const mail of mails) {
      const { userId } = mail.order
      const defect = unreadable.get(userId)
      if (defect === undefined) {
        yield* FiberSet.run(sending, send(mail, users.get(userId), claim))
        continue
      }
      const reason = reasonOf("the account cannot be read", defect)
      yield* Effect.logError("the account of an order cannot be read", defect).pipe(
        Effect.annotateLogs({ orderId: mail.order.id })
      )
      yield* record(mail, claim.id, { _tag: "Failed", reason })
      yield* Semaphore.release(slots, 1)
    }
  })

  /** Claims mails and has them sent. Returns the number of claimed mails, each of which holds a slot until it is sent. */
  const claim = Effect.fnUntraced(function* (orderIds: ReadonlyArray<OrderId>, probe: boolean) {
    const claimId = ClaimId.make(yield* ids.next)
    const endsAt = (yield* Clock.monotonicTimeNanos) + BigInt(leaseSeconds) * 1_000_000_000n
    const at = yield* now
    // The same claim each time: what an attempt won whose answer was lost, the next one finds won.
    const { mails, unreadable } = yield* store
      .claimMails({ orderIds, claimId, at, leaseUntil: addSeconds(at, leaseSeconds) })
      .pipe(
        Effect.retry(shortRetry),
        Effect.onError(() => Semaphore.release(slots, orderIds.length))
      )
    for (const { orderId, defect } of unreadable)
      yield* Effect.logError("an order cannot be read to mail it", defect).pipe(
        Effect.annotateLogs({ orderId })
      )
    yield* Semaphore.release(slots, orderIds.length - mails.length)
    if (mails.length === 0) return 0
    yield* FiberSet.run(sending, showOrders(mails.map(({ order }) => order)))
    yield* sendAll(mails, { id: claimId, endsAt, probe }).pipe(
      Effect.catch((error) =>
        Effect.logWarning(
          "the recipients could not be read: their mails are due again",
          error
        ).pipe(
          Effect.andThen(
            Effect.forEach(mails, (mail) => record(mail, claimId, { _tag: "Released" }), {
              discard: true
            })
          ),
          Effect.andThen(Semaphore.release(slots, mails.length)),
          Effect.andThen(gate.failed(probe))
        )
      )
    )
    return mails.length
  })

  // Only the waits are interruptible: what was claimed is always sent.
  const round = Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      yield* restore(recorder.ready)
      yield* restore(dueMails.look)
      if (dueMails.size() === 0) return yield* restore(dueMails.wait)
      const { max, waitMillis, probe } = yield* gate.admit(concurrency)
      if (max === 0) return yield* restore(gate.wait(waitMillis))
      const free = Math.min(max, dueMails.size())
      yield* restore(Semaphore.take(slots, free))
      const millis = yield* steadyMillis
      const used = millis < spareUntil ? Math.min(spare, free) : 0
      const tokens = yield* rate.take(free - used)
      if (tokens.taken > 0) spareUntil = millis + spareMillis
      const allowed = used + tokens.taken
      yield* Semaphore.release(slots, free - allowed)
      if (allowed === 0)
        return yield* restore(Effect.sleep(Math.max(tokens.waitMillis, minWaitMillis)))
      const picked = dueMails.pick(allowed).filter((id) => !recorder.refused.has(id))
      yield* Semaphore.release(slots, allowed - picked.length)
      // Also where the claim fails.
      spare = allowed
      spare -= yield* claim(picked, probe)
    })
  )

  const loop = round.pipe(
    Effect.sandbox,
    Effect.tapError((cause) => Effect.logWarning("mails could not be claimed", cause)),
    // Inside `forever`: every success starts the pauses afresh.
    Effect.retry(storeRetry),
    Effect.forever
  )

  /** Sends in progress end, and their outcomes are recorded. The remaining mails are due soon. */
  const drain = Effect.gen(function* () {
    const finished = yield* FiberSet.awaitEmpty(sending).pipe(
      Effect.andThen(recorder.flushed),
      Effect.timeoutOption(`${drainSeconds} seconds`)
    )
    if (Option.isNone(finished))
      yield* Effect.logError("what came of some mails is not recorded: they may be sent twice")
    // A send cannot be interrupted: it is not waited for any longer.
    yield* Effect.forkDetach(Scope.close(work, Exit.void))
  })

  yield* Effect.addFinalizer(() => drain)
  yield* Effect.forkScoped(loop)
})
