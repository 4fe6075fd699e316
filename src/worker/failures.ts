// What every failure means to the worker, in one table: by the error of a port and its reason (the
// adapters map the names that AWS gives its errors to these reasons). What is not in it is a defect.
import type { MailerError } from "../services/messaging/Mailer.ts"
import type { OrderQueueError } from "../services/orders/ports/OrderQueue.ts"

export type FailureKind =
  /** A dependency is away: the same call may succeed in a moment. */
  | "transient"
  /** Too fast: as transient, and everybody slows down. */
  | "throttled"
  /** Credentials, account or configuration are wrong: an operator's to mend, so it is asked seldom. */
  | "denied"
  /** Refused for good: trying again would not change it. */
  | "permanent"
  /** A bug, or data that nobody can read: it concerns this order alone, and counts towards giving up. */
  | "defect"

/** Stores and cache have one error each: it says "away". */
export const failureKinds = {
  OrderStoreError: "transient",
  AccountStoreError: "transient",
  OrderQueueError: { unavailable: "transient", throttled: "throttled", denied: "denied" },
  MailerError: {
    unavailable: "transient",
    throttled: "throttled",
    denied: "denied",
    rejected: "permanent"
  }
} as const satisfies {
  readonly OrderStoreError: FailureKind
  readonly AccountStoreError: FailureKind
  readonly OrderQueueError: { readonly [K in OrderQueueError["reason"]]: FailureKind }
  readonly MailerError: { readonly [K in MailerError["reason"]]: FailureKind }
}

export const kindOfQueueError = ({ reason }: OrderQueueError): FailureKind =>
  failureKinds.OrderQueueError[reason]

export const kindOfMailerError = ({ reason }: MailerError): FailureKind =>
  failureKinds.MailerError[reason]
