// An event for later security investigations: who did what to which account, order or product, from where, and whether
// it succeeded. It contains no secret, code, token or whole address.
import { Option, Schema, Struct } from "effect"
import { EventId, OrderId, SessionId, UserId, VerificationId } from "../ids.ts"
import { roles } from "../Principal.ts"
import { rateRules } from "../runtime/RateLimiter.ts"

export const outcomes = ["success", "failure"] as const
export type Outcome = (typeof outcomes)[number]

/** Every kind, and what its outcome is. `failure`: the actor did not get what was asked for. */
export const outcomeOf = {
  registration_requested: "success",
  /** A registration named an address that has an account. */
  address_taken: "failure",
  /** A registration's code was right: the account exists. */
  address_proven: "success",
  code_wrong: "failure",
  /** One more try on a code whose attempts are used up. */
  code_exhausted: "failure",
  login_succeeded: "success",
  login_failed: "failure",
  /** Too many of what is limited because it guesses, or floods a mailbox; recorded now and then only. */
  limit_reached: "failure",
  /** A refresh token that was exchanged long before came back, to refresh or log out; its session has been ended. */
  refresh_reused: "failure",
  /** A refresh token came back after the grace period, and got its successor again: it had not been exchanged. */
  refresh_repeated_late: "success",
  logged_out: "success",
  session_ended: "success",
  password_reset_requested: "success",
  password_reset: "success",
  password_changed: "success",
  phone_change_requested: "success",
  phone_changed: "success",
  phone_removed: "success",
  role_granted: "success",
  role_revoked: "success",
  account_disabled: "success",
  account_enabled: "success",
  /** An endpoint for another role, or another user's order. */
  access_denied: "failure",
  product_saved: "success",
  product_removed: "success",
  stock_adjusted: "success",
  /** Support or an administrator read another user's order: recorded once in a while, see `recordRead`. */
  order_read: "success",
  /** Orders of all users went out as a file. */
  orders_exported: "success",
  /** By support or an administrator: what owners do with their own orders is in the orders' timelines. */
  order_cancelled: "success",
  order_fulfilled: "success",
  order_failed: "success",
  confirmation_resent: "success",
  dead_letters_redriven: "success",
  dead_letters_dropped: "success"
} as const satisfies Record<string, Outcome>

export type AuditKind = keyof typeof outcomeOf
export const auditKinds = Object.keys(outcomeOf) as ReadonlyArray<AuditKind>

/** Who did it. Without a `role` where only a refresh token spoke for the user: it carries none. */
export const Actor = Schema.Union([
  Schema.Struct({
    type: Schema.Literal("user"),
    userId: UserId,
    sessionId: SessionId,
    role: Schema.OptionFromNullOr(Schema.Literals(roles))
  }),
  /** An operator at the command line. */
  Schema.Struct({ type: Schema.Literal("cli") })
])
export type Actor = typeof Actor.Type

/** What it was done to. */
export const Subject = Schema.Struct({
  /** An operation of the contract, such as `putProduct`. */
  operation: Schema.optionalKey(Schema.String),
  userId: Schema.optionalKey(UserId),
  sessionId: Schema.optionalKey(SessionId),
  verificationId: Schema.optionalKey(VerificationId),
  /** Masked, see mask.ts. */
  address: Schema.optionalKey(Schema.String),
  sku: Schema.optionalKey(Schema.String),
  orderId: Schema.optionalKey(OrderId),
  /** At most `maxMessageIds`. */
  messageIds: Schema.optionalKey(Schema.Array(Schema.String))
})
export type Subject = typeof Subject.Type

/** Of an event with more messages the first ones are named; `details.matched` counts all. */
export const maxMessageIds = 20

/** What a change is about: a product's price or stock, an order's status and mail, an account's role or access. */
const State = Schema.Struct({
  unitPrice: Schema.optionalKey(Schema.Int),
  currency: Schema.optionalKey(Schema.String),
  available: Schema.optionalKey(Schema.Int),
  /** A product that is not for sale. */
  active: Schema.optionalKey(Schema.Literal(false)),
  status: Schema.optionalKey(Schema.String),
  mail: Schema.optionalKey(Schema.String),
  role: Schema.optionalKey(Schema.Literals(roles)),
  disabled: Schema.optionalKey(Schema.Boolean)
})

export const Details = Schema.Struct({
  /** What it was before; absent where a product was not in the catalogue … */
  before: Schema.optionalKey(State),
  /** … and what it is now; absent where a product was removed. */
  after: Schema.optionalKey(State),
  /** Why, as the person who did it says: free text, which the log line leaves out. */
  reason: Schema.optionalKey(Schema.String),
  /** Whether a product has another name than before. */
  renamed: Schema.optionalKey(Schema.Boolean),
  /** That its description, picture or category is another one. */
  redescribed: Schema.optionalKey(Schema.Literal(true)),
  /** Pieces of stock that came, negative: went. */
  delta: Schema.optionalKey(Schema.Int),
  /** Dead letters, sessions or orders that it reached … */
  matched: Schema.optionalKey(Schema.Int),
  /** … and that were asked for and not there. */
  notFound: Schema.optionalKey(Schema.Int),
  /** The limit that refused it, as `RateLimit-Policy` names it. */
  limit: Schema.optionalKey(Schema.Literals(Struct.keys(rateRules))),
  /** For so many seconds no other event like this one is recorded. Those left out are counted, see `auditBounded`. */
  silentSeconds: Schema.optionalKey(Schema.Int)
})
export type Details = typeof Details.Type

export const AuditEvent = Schema.Struct({
  id: EventId,
  at: Schema.Date,
  kind: Schema.Literals(auditKinds),
  outcome: Schema.Literals(outcomes),
  actor: Schema.OptionFromNullOr(Actor),
  subject: Subject,
  details: Details,
  /** The client's address as limits count it: IPv4, or the /64 of IPv6. */
  client: Schema.OptionFromNullOr(Schema.String),
  requestId: Schema.OptionFromNullOr(Schema.String)
})
export type AuditEvent = typeof AuditEvent.Type

/** The users that an event is about, as who did it or as whom it was done to. */
export const usersOf = ({ actor, subject }: AuditEvent): ReadonlyArray<UserId> => {
  const actors = Option.match(actor, {
    onNone: () => [],
    onSome: (by) => (by.type === "user" ? [by.userId] : [])
  })
  const subjects = subject.userId === undefined ? [] : [subject.userId]
  return [...new Set([...actors, ...subjects])]
}
