// Sends the mails of claimed orders, each once, and says what came of each. A send that has begun is
// never interrupted: its answer is what keeps the next delivery from sending again.
import { Effect, Metric, Option } from "effect"
import type { User } from "../services/accounts/Account.ts"
import { AccountStore } from "../services/accounts/AccountStore.ts"
import { Mailer, type MailerError, sendTimeoutSeconds } from "../services/messaging/Mailer.ts"
import { countMailFailed, mailsSent, orderConfirmationSeconds } from "../services/metrics.ts"
import type { Order } from "../services/orders/Order.ts"
import { addSeconds, now } from "../services/time.ts"
import { spanOf } from "../services/traceparent.ts"
import { confirmationMail } from "./confirmationMail.ts"
import type { Job } from "./jobs.ts"
import { SendRate } from "./SendRate.ts"

/** A job whose order this worker confirmed and claimed the mail of. */
export interface Claimed extends Job {
  readonly order: Order
}

export type SendOutcome =
  | { readonly _tag: "Sent" }
  | { readonly _tag: "Undeliverable"; readonly reason: string }
  /** Not sent, and no use in trying before the message's next delivery. */
  | { readonly _tag: "Postponed" }

const sent = Option.some<SendOutcome>({ _tag: "Sent" })
const postponed = Option.some<SendOutcome>({ _tag: "Postponed" })
const refused = Option.some<SendOutcome>({
  _tag: "Undeliverable",
  reason: "refused by the mail service"
})

/** What a failure means for the mail; none: it may be tried again soon. */
const outcomeOf: { readonly [K in MailerError["reason"]]: Option.Option<SendOutcome> } = {
  rejected: refused,
  denied: postponed,
  throttled: Option.none(),
  unavailable: Option.none()
}

const failed = Effect.fnUntraced(function* (error: MailerError) {
  const rate = yield* SendRate
  yield* countMailFailed(error.reason)
  yield* Effect.logWarning("confirmation mail failed", error)
  if (error.reason === "throttled") yield* rate.throttled
  return outcomeOf[error.reason]
})

const confirmed = Effect.fnUntraced(function* (order: Order) {
  yield* Metric.update(mailsSent, 1)
  const seconds = ((yield* now).getTime() - order.createdAt.getTime()) / 1000
  yield* Metric.update(orderConfirmationSeconds, seconds)
  yield* Effect.logInfo("order confirmed")
})

export interface SendOptions {
  readonly leaseUntil: Date
  /** Orders whose mail this process sent without being able to record it. */
  readonly sentBefore: ReadonlySet<string>
  /** Gets each outcome as soon as it is known; a job without one may be tried again soon. */
  readonly outcomes: Map<string, SendOutcome>
}

const sendOne = Effect.fnUntraced(
  function* (
    { order }: Claimed,
    user: User | undefined,
    { leaseUntil, sentBefore, outcomes }: SendOptions
  ) {
    if (sentBefore.has(order.id)) {
      outcomes.set(order.id, { _tag: "Sent" })
      return
    }
    if (user === undefined || user.email === "") {
      yield* countMailFailed("no_address")
      const reason = user === undefined ? "the account is gone" : "the account has no address"
      outcomes.set(order.id, { _tag: "Undeliverable", reason })
      return
    }
    const latest = addSeconds(leaseUntil, -sendTimeoutSeconds)
    const mailer = yield* Mailer
    const rate = yield* SendRate
    // Checked again after the wait: a process may be paused in it.
    if (!(yield* rate.acquire(latest)) || (yield* now) >= latest) {
      outcomes.set(order.id, { _tag: "Postponed" })
      return
    }
    yield* mailer.send(confirmationMail(order, user)).pipe(
      Effect.as(sent),
      Effect.catch(failed),
      // Whether it was sent is unknown: no second attempt before the next delivery.
      Effect.catchDefect((defect) =>
        Effect.as(Effect.logError("sending a confirmation mail died", defect), postponed)
      ),
      Effect.flatMap((outcome) => {
        if (Option.isSome(outcome)) outcomes.set(order.id, outcome.value)
        return outcome === sent ? confirmed(order) : Effect.void
      }),
      Effect.uninterruptible
    )
  },
  (effect, { order, deliveries }) => {
    const parent = Option.getOrUndefined(spanOf(deliveries[0]?.traceparent ?? ""))
    return effect.pipe(
      Effect.annotateLogs({
        orderId: order.id,
        messageId: deliveries.map(({ messageId }) => messageId).join(",")
      }),
      Effect.withSpan("order confirm", {
        kind: "consumer",
        attributes: { "order.id": order.id },
        ...(parent === undefined ? { root: true } : { parent })
      })
    )
  }
)

/** Tries each claimed mail once, all at the same time; while accounts cannot be read, none. */
export const sendMails = Effect.fnUntraced(
  function* (claimed: ReadonlyArray<Claimed>, options: SendOptions) {
    const accounts = yield* AccountStore
    const users = yield* accounts.findUsers([...new Set(claimed.map(({ order }) => order.userId))])
    const byId = new Map(users.map((user) => [user.id, user]))
    yield* Effect.forEach(claimed, (job) => sendOne(job, byId.get(job.order.userId), options), {
      concurrency: "unbounded",
      discard: true
    })
  },
  Effect.catch((error) => Effect.logWarning("the recipients could not be read", error))
)
