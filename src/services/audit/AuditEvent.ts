// An event for later security investigations: who did what to which account, order or product, from where, and whether
// it succeeded. It contains no secret, code, token or whole address.
import { Option, Schema, Struct } from "effect"
import { EventId, OrderId, SessionId, UserId, VerificationId } from "../ids.ts"
import { roles } from "../Principal.ts"
import { rateRules } from "../runtime/RateLimiter.ts"

export const outcomes = ["success", "failure"] as const
export type Outcome = (typeof outcomes)[number]

/** Every kind with its outcome. `failure`: the action was refused. */
export const outcomeOf = {
  registration_requested: "success",
  /** A registration named an address that has an account. */
  address_taken: "failure",
  /** A registration's code was right: the account exists. */
  address_proven: "success",
  code_wrong: "failure",
  /** A further attempt on a code whose attempts are used up. */
  code_exhausted: "failure",
  login_succeeded: "success",
  login_failed: "failure",
  /** A limit on guessing or on mails to an address was reached; recorded only once in a period. */
  limit_reached: "failure",
  /** An old refresh token was reused, to refresh or log out; its session has been ended. */
  refresh_reused: "failure",
  /** The previous refresh token was used after the grace period, and got its unused successor again. */
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
  /** Support or an administrator read another user's order: recorded once in a period, see `recordRead`. */
  order_read: "success",
  /** Orders of all users were exported as a file. */
  orders_exported: "success",
  /** By support or an administrator: owners' actions on their own orders are in the timelines. */
  order_cancelled: "success",
  order_fulfilled: "success",
  order_failed: "success",
  confirmation_resent: "success",
  dead_letters_redriven: "success",
  dead_letters_dropped: "success"
} as const satisfies Record<string, Outcome>

export type AuditKind = keyof typeof outcomeOf
export const auditKinds = Object.keys(outcomeOf) as ReadonlyArray<AuditKind>

/** The actor. Without a `role` if only a refresh token identified the user, since it has none. */
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

/** The subject. */
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

/** An event with more messages names the first ones; `details.matched` counts all. */
export const maxMessageIds = 20

/** The changed values: a product's price or stock, an order's status and mail, an account's role or access. */
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
  /** The values before; absent if a product was not in the catalogue … */
  before: Schema.optionalKey(State),
  /** … and after the change; absent if a product was removed. */
  after: Schema.optionalKey(State),
  /** The reason that the actor gave: free text, which the log line leaves out. */
  reason: Schema.optionalKey(Schema.String),
  /** Whether a product has another name than before. */
  renamed: Schema.optionalKey(Schema.Boolean),
  /** Whether its description, picture or category has changed. */
  redescribed: Schema.optionalKey(Schema.Literal(true)),
  /** Pieces of stock that were added; negative: removed. */
  delta: Schema.optionalKey(Schema.Int),
  /** The number of affected dead letters, sessions or orders … */
  matched: Schema.optionalKey(Schema.Int),
  /** … and of requested ones that were not found. */
  notFound: Schema.optionalKey(Schema.Int),
  /** The limit that refused it, as `RateLimit-Policy` names it. */
  limit: Schema.optionalKey(Schema.Literals(Struct.keys(rateRules))),
  /** For this many seconds no other event like this one is recorded. The omitted ones are counted, see `auditBounded`. */
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

/** The users of an event, as actor or subject. */
export const usersOf = ({ actor, subject }: AuditEvent): ReadonlyArray<UserId> => {
  const actors = Option.match(actor, {
    onNone: () => [],
    onSome: (by) => (by.type === "user" ? [by.userId] : [])
  })
  const subjects = subject.userId === undefined ? [] : [subject.userId]
  return [...new Set([...actors, ...subjects])]
}
