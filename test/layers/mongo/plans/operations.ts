// Every operation of every store, on what `stored.ts` holds: a method that is not called here does not
// compile. Optional conditions come in all their combinations, since each of them needs its index.
import { type Context, Effect, Option } from "effect"
import { newSession, nextGrant } from "../../../../src/services/accounts/model/Session.ts"
import { AccountStore } from "../../../../src/services/accounts/ports/AccountStore.ts"
import { SessionStore } from "../../../../src/services/accounts/ports/SessionStore.ts"
import { VerificationStore } from "../../../../src/services/accounts/ports/VerificationStore.ts"
import type { AuditKind } from "../../../../src/services/audit/AuditEvent.ts"
import { AuditLog } from "../../../../src/services/audit/AuditLog.ts"
import { OrderStore } from "../../../../src/services/orders/ports/OrderStore.ts"
import { ProductStore } from "../../../../src/services/products/ports/ProductStore.ts"
import { ada, after, before, emailOf, idOf, keyOf, now, orderThatIs, skuOf } from "./stored.ts"

type Call = Effect.Effect<unknown, unknown>

/** For each method some calls of it, to be made in turn. */
type Calls<Service> = {
  readonly [Method in keyof Service]: (method: Service[Method]) => ReadonlyArray<Call>
}

type Recorder = (operation: string, call: Call) => Call

/** All calls of one store, each recorded under its name. */
const callsOf = <Self, Service>(port: Context.Service<Self, Service>, calls: Calls<Service>) =>
  Effect.fnUntraced(function* (record: Recorder) {
    const service = yield* port
    const name = port.key.replace(/.*\//u, "")
    for (const method in calls)
      for (const call of calls[method](service[method])) yield* record(`${name}.${method}`, call)
  })

/** Without the condition and with it. */
const optional = <A>(...values: ReadonlyArray<A>) => [
  Option.none<A>(),
  ...values.map((value) => Option.some(value))
]

const limit = 5
const far = 1_000_000
const fresh = idOf(far)
const newest = idOf(far + 1)
const unknown = "unknown"

const accounts = callsOf(AccountStore, {
  create: (create) =>
    [emailOf(far), emailOf(1)].map((email, i) =>
      create({
        user: {
          ...{ id: idOf(far + i), email, name: null, phone: null },
          ...{ role: "user", createdAt: now }
        },
        passwordHash: "$argon2id$",
        passwordVersion: 0
      })
    ),
  findByEmail: (findByEmail) => [findByEmail(emailOf(1)), findByEmail(unknown)],
  findById: (findById) => [findById(idOf(1))],
  findUsers: (findUsers) => [findUsers([idOf(1), idOf(2), unknown])],
  setPassword: (setPassword) => [setPassword(idOf(1), 0, "$new")],
  replacePasswordHash: (replace) => [replace(idOf(2), "$argon2id$", "$new")],
  setPhone: (setPhone) => [setPhone(idOf(3), 0, "+4917012345")],
  setRole: (setRole) => [setRole(emailOf(1), "admin")]
})

const sessions = callsOf(SessionStore, {
  // More than may live: one is ended.
  create: (create) => [
    create(newSession({ id: fresh, userId: ada, passwordVersion: 0, jti: fresh }, now))
  ],
  rotate: (rotate) => [
    rotate({ sessionId: idOf(2), presented: idOf(2), next: nextGrant(fresh, now), at: now })
  ],
  findOwn: (findOwn) => [findOwn(ada, idOf(2), now)],
  end: (end) => [end(idOf(1), now)],
  list: (list) => [list(ada, now, limit)],
  endOwn: (endOwn) => [endOwn(ada, idOf(4), now)],
  endOutdated: (endOutdated) => [endOutdated(ada, 1, now)],
  endAll: (endAll) => [endAll(ada, now)],
  keep: (keep) => [keep(idOf(2), 1)]
})

const verifications = callsOf(VerificationStore, {
  create: (create) => [
    create({
      ...{ id: fresh, purpose: { _tag: "Taken", email: emailOf(1) }, codeDigest: "digest" },
      ...{ attempts: 0, expiresAt: after, resendAt: now, consumedAt: null }
    })
  ],
  find: (find) => [find(idOf(1))],
  attempt: (attempt) => [attempt(idOf(1), now), attempt(unknown, now)],
  consume: (consume) => [consume(idOf(1), now)],
  renew: (renew) =>
    [idOf(2), unknown].map((id) =>
      renew(id, { codeDigest: "new", at: now, expiresAt: after, resendAt: after })
    )
})

const products = callsOf(ProductStore, {
  list: (list) =>
    optional(skuOf(10)).flatMap((from) =>
      optional("no chair").map((q) => list({ after: from, limit, q }))
    ),
  find: (find) => [find(skuOf(2))],
  put: (put) =>
    [skuOf(2), skuOf(far)].map((sku) =>
      put({ sku, name: "Table", unitPrice: 100, currency: "EUR" }, now)
    ),
  remove: (remove) => [remove(skuOf(3), now)],
  adjust: (adjust) =>
    [Option.none(), Option.some(keyOf(0)), Option.some(keyOf(far))].map((idempotencyKey) =>
      adjust({ sku: skuOf(0), delta: 1, reason: "delivery", actorId: ada, idempotencyKey, at: now })
    ),
  audit: (audit) => [audit]
})

const claim = { claimId: "claim", at: now, leaseUntil: after }
const draft = { userId: ada, lines: [{ sku: skuOf(0), quantity: 1 }], at: now }

const orders = callsOf(OrderStore, {
  place: (place) => [
    place([{ ...draft, id: fresh, idempotencyKey: null }]),
    // Refused: whether it was placed by an earlier run is looked up.
    place([
      { ...draft, id: fresh, lines: [{ sku: unknown, quantity: 1 }], idempotencyKey: null },
      { ...draft, id: idOf(far + 4), lines: [{ sku: unknown, quantity: 1 }], idempotencyKey: null }
    ]),
    place([
      { ...draft, id: idOf(far + 1), idempotencyKey: keyOf(0) },
      { ...draft, id: idOf(far + 2), idempotencyKey: keyOf(far) },
      { ...draft, id: idOf(far + 3), idempotencyKey: keyOf(1), userId: "user 1" }
    ])
  ],
  find: (find) => [find(idOf(1))],
  list: (list) =>
    optional("fulfilled" as const).flatMap((status) =>
      optional(newest).map((last) => list({ userId: ada, status, before: last, limit }))
    ),
  change: (change) => [
    change(orderThatIs("waiting"), "cancel", now, "a wish"),
    change(orderThatIs("waiting", 1), "fail", now),
    change(orderThatIs("settled"), "fulfil", now),
    change(unknown, "cancel", now)
  ],
  requestMail: (requestMail) => [requestMail(orderThatIs("settled", 1), now)],
  claim: (request) => [
    request({
      ...claim,
      claimId: "another",
      orderIds: [orderThatIs("waiting", 2), orderThatIs("abandoned"), orderThatIs("claimed")]
    })
  ],
  renewClaims: (renew) => [
    renew({ ...claim, orderIds: [orderThatIs("claimed", 1), orderThatIs("claimed", 2)] })
  ],
  recordMails: (record) => [
    record(
      (
        [
          { _tag: "Sent" },
          { _tag: "Undeliverable", reason: "no such address" },
          { _tag: "Released", dueAt: after }
        ] as const
      ).map((outcome, i) => ({ ...claim, orderId: orderThatIs("claimed", 1 + i), outcome }))
    )
  ],
  takeOverdue: (takeOverdue) => [takeOverdue(now, limit)],
  flagAttention: (flag) => [
    flag([orderThatIs("overdue", 8), orderThatIs("overdue", 9)], "it fails", now)
  ],
  listAttention: (listAttention) => [listAttention(limit)]
})

const auditLog = callsOf(AuditLog, {
  append: (append) => [
    append({
      ...{ id: fresh, at: before, kind: "login_failed", outcome: "failure", actor: null },
      ...{ subject: {}, details: {}, client: null, requestId: null }
    })
  ],
  list: (list) =>
    optional<AuditKind>("login_failed", "logged_out").flatMap((kind) =>
      optional(ada).flatMap((userId) =>
        optional(newest).map((last) => list({ kind, userId, before: last, limit }))
      )
    )
})

/** One after the other; none takes from another what it looks for. */
export const callAll = (record: Recorder) =>
  Effect.all(
    [accounts, sessions, verifications, products, orders, auditLog].map((store) => store(record)),
    { discard: true }
  )
