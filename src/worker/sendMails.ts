// Sends the mails of claimed orders, each once, and says what came of each. A send that has begun is
// never interrupted: its answer is what keeps the next delivery from sending again.
import { Array as Arr, Effect, Metric, Option } from "effect"
import type { User } from "../services/accounts/model/Account.ts"
import { AccountStore } from "../services/accounts/ports/AccountStore.ts"
import type { OrderId } from "../services/ids.ts"
import { Mailer, type MailerError } from "../services/messaging/Mailer.ts"
import { SendRate } from "../services/messaging/SendRate.ts"
import { countMailFailed, mailsSent, orderConfirmationSeconds } from "../services/metrics.ts"
import type { Order } from "../services/orders/model/Order.ts"
import { isolate } from "../services/runtime/isolate.ts"
import { now } from "../services/time.ts"
import { spanOf } from "../services/traceparent.ts"
import { confirmationMail } from "./confirmationMail.ts"
import { kindOfMailerError, policies } from "./failures.ts"
import type { Hold } from "./hold.ts"
import type { Job } from "./jobs.ts"
import { reasonOf } from "./leave.ts"

/** A job whose order this worker confirmed and claimed the mail of. */
export interface Claimed extends Job {
  readonly order: Order
}

export type SendOutcome =
  | { readonly _tag: "Sent" }
  | { readonly _tag: "Undeliverable"; readonly reason: string }
  /** Not sent because of an outage, and no use in trying before the message's next delivery. */
  | { readonly _tag: "Postponed" }
  /** The claim was lost: somebody else sends it. */
  | { readonly _tag: "Lost" }
  /** It could not be written, or its sending died: whether it is out is unknown then. */
  | { readonly _tag: "Failed"; readonly reason: string }

const sent: SendOutcome = { _tag: "Sent" }
const refused: SendOutcome = { _tag: "Undeliverable", reason: "refused by the mail service" }

/** What a failed send means for its mail; undefined: it may be tried again soon. */
const failed = Effect.fnUntraced(function* (error: MailerError) {
  const rate = yield* SendRate
  const kind = kindOfMailerError(error)
  yield* countMailFailed(error.reason)
  yield* Effect.logWarning("confirmation mail failed", error)
  if (kind === "throttled") yield* rate.throttled
  if (policies[kind].settles) return refused
  return policies[kind].retriedInProcess ? undefined : ({ _tag: "Postponed" } as const)
})

const confirmed = Effect.fnUntraced(function* (order: Order) {
  yield* Metric.update(mailsSent, 1)
  const seconds = ((yield* now).getTime() - order.createdAt.getTime()) / 1000
  yield* Metric.update(orderConfirmationSeconds, seconds)
  yield* Effect.logInfo("order confirmed")
})

export interface SendOptions {
  readonly hold: Hold
  /** Orders whose mail this process sent without being able to record it. */
  readonly sentBefore: ReadonlySet<OrderId>
  /** Gets each outcome as soon as it is known; a job without one may be tried again soon. */
  readonly outcomes: Map<OrderId, SendOutcome>
}

/** Whether it is out is unknown where the sending died: no second attempt before the next delivery. */
const died = (defect: unknown) =>
  Effect.succeed<SendOutcome>({ _tag: "Failed", reason: reasonOf("the confirmation mail", defect) })

const note =
  (orderId: OrderId, { outcomes }: SendOptions) =>
  (outcome: SendOutcome | undefined) =>
    Effect.sync(() => {
      if (outcome !== undefined) outcomes.set(orderId, outcome)
    })

const attempt = Effect.fnUntraced(function* (
  { order }: Claimed,
  user: User | undefined,
  options: SendOptions
) {
  const { hold, sentBefore } = options
  if (sentBefore.has(order.id)) return sent
  if (user === undefined || user.email === "") {
    yield* countMailFailed("no_address")
    const reason = user === undefined ? "the account is gone" : "the account has no address"
    return { _tag: "Undeliverable", reason } as const
  }
  const mail = confirmationMail(order, user)
  const mailer = yield* Mailer
  const rate = yield* SendRate
  const latest = hold.latestStart(order.id)
  if (latest === undefined) return { _tag: "Lost" } as const
  if (!(yield* rate.acquire(latest))) return { _tag: "Postponed" } as const
  // Asked again after the wait: a process may be paused in it, or the claim be lost.
  const stillLatest = hold.latestStart(order.id)
  if (stillLatest === undefined) return { _tag: "Lost" } as const
  if ((yield* now) >= stillLatest) return { _tag: "Postponed" } as const
  return yield* mailer.send(mail).pipe(
    Effect.matchEffect({
      onFailure: failed,
      onSuccess: () => Effect.as(confirmed(order), sent)
    }),
    Effect.catchDefect(died),
    // Before an interruption is heard of.
    Effect.tap(note(order.id, options)),
    Effect.uninterruptible
  )
})

const sendOne = (job: Claimed, user: User | undefined, options: SendOptions) => {
  const { orderId, deliveries } = job
  const parent = Option.getOrUndefined(spanOf(deliveries[0]?.traceparent ?? ""))
  return Effect.catchDefect(attempt(job, user, options), died).pipe(
    Effect.flatMap(note(orderId, options)),
    Effect.annotateLogs({
      orderId,
      messageId: deliveries.map(({ messageId }) => messageId).join(",")
    }),
    Effect.withSpan("order confirm", {
      kind: "consumer",
      attributes: { "order.id": orderId },
      ...(parent === undefined ? { root: true } : { parent })
    })
  )
}

/** Tries each claimed mail once, all at the same time; while accounts cannot be read, none. */
export const sendMails = Effect.fnUntraced(
  function* (claimed: ReadonlyArray<Claimed>, options: SendOptions) {
    const accounts = yield* AccountStore
    const userIds = new Set(claimed.map(({ order }) => order.userId))
    const [results, poisoned] = Arr.separate(
      yield* isolate(Array.from(userIds), accounts.findUsers)
    )
    const unreadable = new Map(poisoned.map(({ item, defect }) => [item, defect]))
    const byId = new Map(results.flat().map((user) => [user.id, user]))
    yield* Effect.forEach(
      claimed,
      (job) => {
        const { userId } = job.order
        if (!unreadable.has(userId)) return sendOne(job, byId.get(userId), options)
        const reason = reasonOf("the account cannot be read", unreadable.get(userId))
        return Effect.sync(() => options.outcomes.set(job.orderId, { _tag: "Failed", reason }))
      },
      { concurrency: "unbounded", discard: true }
    )
  },
  Effect.catch((error) => Effect.logWarning("the recipients could not be read", error))
)
