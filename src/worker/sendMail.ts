// Sends the mail of one claimed order and returns the outcome. A send that has begun is never interrupted: only its
// response prevents other workers from sending it again.
import { Clock, Effect, Metric, Option } from "effect"
import type { User } from "../services/accounts/model/Account.ts"
import { orderMail } from "../services/mails/orderMail.ts"
import { Shop } from "../services/mails/Shop.ts"
import { Mailer, type MailerError, sendTimeoutSeconds } from "../services/messaging/Mailer.ts"
import { SendRate } from "../services/messaging/SendRate.ts"
import { countMailFailed, mailsSent, orderConfirmationSeconds } from "../services/metrics.ts"
import type { ClaimedMail, MailOutcome } from "../services/orders/model/mailClaims.ts"
import type { ClaimId } from "../services/orders/model/Order.ts"
import { inSpan } from "../services/spans.ts"
import { now } from "../services/time.ts"
import { spanOf } from "../services/traceparent.ts"
import type { MailGate } from "./MailGate.ts"
import { reasonOf } from "./refuse.ts"

/** A claim as its holder knows it: measured by the process's own clock, which no other clock moves. */
export interface Claim {
  readonly id: ClaimId
  /** In nanoseconds of `Clock.monotonicTimeNanos`. */
  readonly endsAt: bigint
  /** Whether its mail decides if the gate opens. */
  readonly probe: boolean
}

const sendNanos = BigInt(sendTimeoutSeconds) * 1_000_000_000n

const released: MailOutcome = { _tag: "Released" }

/** The effect of a failed send on its mail. */
const failed = Effect.fnUntraced(function* (error: MailerError, gate: MailGate, probe: boolean) {
  yield* countMailFailed[error.reason]
  yield* Effect.logWarning("the mail of an order failed", error)
  if (error.reason === "rejected") {
    yield* gate.succeeded(probe)
    return { _tag: "Undeliverable", reason: "refused by the mail service" } as const
  }
  if (error.reason === "throttled") yield* SendRate.use((rate) => rate.throttled)
  yield* gate.failed(probe)
  return error.mayBeSent ? ({ _tag: "Unknown" } as const) : released
})

const accepted = Effect.fnUntraced(function* (
  { order, kind }: ClaimedMail,
  gate: MailGate,
  probe: boolean
) {
  yield* gate.succeeded(probe)
  yield* Metric.update(mailsSent, 1)
  if (kind !== "confirmed") return { _tag: "Sent" } as const
  const seconds = ((yield* now).getTime() - order.createdAt.getTime()) / 1000
  yield* Metric.update(orderConfirmationSeconds, seconds)
  return { _tag: "Sent" } as const
})

const attempt = Effect.fnUntraced(function* (
  claimed: ClaimedMail,
  user: User | undefined,
  { endsAt, probe }: Claim,
  gate: MailGate
): Effect.fn.Return<MailOutcome, never, Mailer | SendRate> {
  if (user === undefined || user.email === "") {
    yield* countMailFailed.no_address
    const reason = user === undefined ? "the account is gone" : "the account has no address"
    return { _tag: "Undeliverable", reason }
  }
  const mail = orderMail(claimed.kind, claimed.order, user, yield* Shop)
  const mailer = yield* Mailer
  // A process may be paused between its claim and here: then another worker may have the mail by the end of a send.
  if ((yield* Clock.monotonicTimeNanos) + sendNanos > endsAt) return released
  return yield* Effect.matchEffect(mailer.send(mail), {
    onFailure: (error) => failed(error, gate, probe),
    onSuccess: () => accepted(claimed, gate, probe)
  })
})

/** Continues the trace of the request that placed the order: with a span where it is recorded, else in logs alone. */
const inTraceOf =
  ({ order, traceparent }: ClaimedMail) =>
  <E, R>(send: Effect.Effect<MailOutcome, E, R>): Effect.Effect<MailOutcome, E, R> => {
    const request = Option.getOrUndefined(spanOf(traceparent))
    if (request === undefined) return send
    if (!request.sampled) return Effect.withParentSpan(send, request)
    const told = Effect.tap(send, ({ _tag }) =>
      Effect.annotateCurrentSpan("order.mail.outcome", _tag)
    )
    return inSpan(told, {
      name: "send mail",
      kind: "internal",
      parent: request,
      attributes: { "order.id": order.id }
    })
  }

/** `user`: whose order it is, if the account is still there. */
export const sendMail = (
  mail: ClaimedMail,
  user: User | undefined,
  claim: Claim,
  gate: MailGate
): Effect.Effect<MailOutcome, never, Mailer | SendRate> =>
  attempt(mail, user, claim, gate).pipe(
    // Then it is unknown whether it was sent.
    Effect.catchDefect((defect) => {
      const reason = reasonOf(`the mail of the ${mail.kind} order`, defect)
      return Effect.as(Effect.logError("the mail of an order died", defect), {
        _tag: "Failed",
        reason
      } as const)
    }),
    Effect.annotateLogs({ orderId: mail.order.id, mail: mail.kind }),
    inTraceOf(mail)
  )
