// Every operation of every store, on what `stored.ts` holds: a method that is not called here does not
// compile. Optional conditions come in all their combinations, since each of them needs its index.
import { type Context, Effect, Layer, Option } from "effect"
import { layer as accountStore } from "../../../../src/layers/mongo/MongoAccountStore.ts"
import { layer as auditLog } from "../../../../src/layers/mongo/MongoAuditLog.ts"
import { layer as orderSearch } from "../../../../src/layers/mongo/MongoOrderSearch.ts"
import { layer as orderStore } from "../../../../src/layers/mongo/MongoOrderStore.ts"
import { layer as productStore } from "../../../../src/layers/mongo/MongoProductStore.ts"
import { layer as sessionStore } from "../../../../src/layers/mongo/MongoSessionStore.ts"
import { layer as verificationStore } from "../../../../src/layers/mongo/MongoVerificationStore.ts"
import { PasswordHash } from "../../../../src/services/accounts/model/Account.ts"
import { newSession, nextGrant } from "../../../../src/services/accounts/model/Session.ts"
import { CodeDigest } from "../../../../src/services/accounts/model/Verification.ts"
import { AccountStore } from "../../../../src/services/accounts/ports/AccountStore.ts"
import { SessionStore } from "../../../../src/services/accounts/ports/SessionStore.ts"
import { VerificationStore } from "../../../../src/services/accounts/ports/VerificationStore.ts"
import type { AuditKind } from "../../../../src/services/audit/AuditEvent.ts"
import { AuditLog } from "../../../../src/services/audit/AuditLog.ts"
import { OrderId, UserId, VerificationId } from "../../../../src/services/ids.ts"
import type { OrderDraft } from "../../../../src/services/orders/model/allocate.ts"
import { everyOrder, type OrderFilter } from "../../../../src/services/orders/model/orderFilter.ts"
import { OrderSearch } from "../../../../src/services/orders/ports/OrderSearch.ts"
import { OrderStore } from "../../../../src/services/orders/ports/OrderStore.ts"
import { ProductStore } from "../../../../src/services/products/ports/ProductStore.ts"
import {
  ada,
  after,
  before,
  categoryOf,
  claimId,
  emailOf,
  eventIdOf,
  keyOf,
  now,
  numberOfOrder,
  oldOrderIdOf,
  orderIdOf,
  orderThatIs,
  sessionIdOf,
  skuOf,
  tokenIdOf,
  userIdOf,
  userOf,
  verificationIdOf
} from "./stored.ts"

/** All of them. */
export const stores = Layer.mergeAll(
  accountStore,
  auditLog,
  orderSearch,
  orderStore,
  productStore,
  sessionStore,
  verificationStore
)

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
const unknown = "unknown"

const accounts = callsOf(AccountStore, {
  create: (create) =>
    [emailOf(far), emailOf(1)].map((email, i) =>
      create({
        user: {
          ...{ id: userIdOf(far + i), email, name: Option.none(), phone: Option.none() },
          ...{ role: "user", locale: "en", createdAt: now }
        },
        passwordHash: PasswordHash.make("$argon2id$"),
        passwordVersion: 0,
        codeFailures: 0,
        phoneRemovals: 0,
        disabled: Option.none()
      })
    ),
  findByEmail: (findByEmail) => [findByEmail(emailOf(1)), findByEmail(unknown)],
  findById: (findById) => [findById(userIdOf(1))],
  findUsers: (findUsers) => [findUsers([userIdOf(1), userIdOf(2), UserId.make(unknown)])],
  countCodeFailure: (countCodeFailure) => [countCodeFailure(userIdOf(1))],
  clearCodeFailures: (clearCodeFailures) => [clearCodeFailures(userIdOf(1))],
  setPassword: (setPassword) => [setPassword(userIdOf(1), 0, PasswordHash.make("$new"))],
  replacePasswordHash: (replace) => [
    replace(userIdOf(2), PasswordHash.make("$argon2id$"), PasswordHash.make("$new"))
  ],
  setPhone: (setPhone) => [
    setPhone(userIdOf(3), 0, {
      verificationId: verificationIdOf(1),
      phone: "+4917012345",
      phoneRemovals: 0
    })
  ],
  removePhone: (removePhone) => [removePhone(userIdOf(4), 0)],
  changeProfile: (changeProfile) => [
    changeProfile(userIdOf(4), { name: Option.some("Ada"), locale: "de" })
  ],
  // Given, and taken from one that an admin is left without.
  setRole: (setRole) => [setRole(emailOf(1), "admin"), setRole(emailOf(1), "user")],
  search: (search) =>
    optional("1").flatMap((prefix) =>
      optional(userIdOf(101)).map((last) => search({ prefix, after: last, limit }))
    ),
  setDisabled: (setDisabled) => [
    // One that no admin is left without, one that is enabled again.
    setDisabled(userIdOf(5), Option.some({ at: now, reason: "a test" })),
    setDisabled(userIdOf(5), Option.none())
  ]
})

const sessions = callsOf(SessionStore, {
  // More than may live: one is ended.
  create: (create) => [
    create(
      newSession(
        {
          id: sessionIdOf(far),
          userId: ada,
          passwordVersion: 0,
          jti: tokenIdOf(far)
        },
        now
      )
    )
  ],
  rotate: (rotate) => [
    rotate({
      sessionId: sessionIdOf(2),
      presented: tokenIdOf(2),
      next: nextGrant(tokenIdOf(far), now),
      at: now
    })
  ],
  findOwn: (findOwn) => [findOwn(ada, sessionIdOf(2), now)],
  end: (end) => [end({ sessionId: sessionIdOf(1), presented: tokenIdOf(1), at: now })],
  list: (list) => [list(ada, now, limit)],
  endOwn: (endOwn) => [endOwn(ada, sessionIdOf(4), now)],
  endOutdated: (endOutdated) => [endOutdated(ada, 1, now)],
  endAll: (endAll) => [endAll(ada, now)],
  keep: (keep) => [keep(sessionIdOf(2), 1)]
})

const verifications = callsOf(VerificationStore, {
  create: (create) => [
    create({
      id: verificationIdOf(far),
      purpose: { _tag: "Taken", email: emailOf(1), locale: "en" },
      codeDigest: CodeDigest.make("digest"),
      ...{ attempts: 0, expiresAt: after, resendAt: now, consumedAt: Option.none() }
    })
  ],
  find: (find) => [find(verificationIdOf(1))],
  attempt: (attempt) => [
    attempt(verificationIdOf(1), now),
    attempt(VerificationId.make(unknown), now)
  ],
  consume: (consume) => [consume(verificationIdOf(1), now)],
  renew: (renew) =>
    [verificationIdOf(2), VerificationId.make(unknown)].map((id) =>
      renew(id, {
        codeDigest: CodeDigest.make("new"),
        at: now,
        expiresAt: after,
        resendAt: after
      })
    )
})

const products = callsOf(ProductStore, {
  list: (list) =>
    optional(skuOf(10)).flatMap((from) =>
      optional("chair", "sku chair 1", "no chair", "s a b c 1 2 3").flatMap((q) =>
        optional(categoryOf(10)).flatMap((category) =>
          optional(true, false).map((active) => list({ after: from, limit, q, category, active }))
        )
      )
    ),
  find: (find) => [find(skuOf(2))],
  findInCatalogue: (find) => [find(skuOf(2))],
  put: (put) =>
    [skuOf(2), skuOf(far)].map((sku) =>
      put({ sku, name: "Table", unitPrice: 100, currency: "EUR" }, now)
    ),
  change: (change) => [
    change(skuOf(2), { name: "Table", category: Option.some("Tables"), active: false }, now)
  ],
  remove: (remove) => [remove(skuOf(3), now)],
  adjust: (adjust) =>
    optional(keyOf(0), keyOf(far)).map((idempotencyKey) =>
      adjust({
        sku: skuOf(0),
        delta: 1,
        reason: "delivery",
        actorId: ada,
        idempotencyKey,
        at: now
      })
    ),
  findUsedKeys: (findUsedKeys) => [findUsedKeys(ada, [keyOf(0), keyOf(1), keyOf(far)])],
  // Of one with many, and of one with a single movement, which is among the oldest.
  listMovements: (listMovements) =>
    optional("f".repeat(24)).flatMap((last) =>
      [0, 1].map((i) => listMovements({ sku: skuOf(i), before: last, limit }))
    ),
  listLow: (listLow) => [listLow(3, limit)],
  audit: (audit) => [audit]
})

const claim = { claimId, at: now, leaseUntil: after }
const draft: Omit<OrderDraft, "id"> = {
  userId: ada,
  lines: [{ sku: skuOf(0), quantity: 1 }],
  idempotencyKey: Option.none(),
  at: now,
  traceparent: ""
}

/** Another id with the same number. */
const twinOf = (id: OrderId) => OrderId.make(`c${id.slice(1)}`)

const orders = callsOf(OrderStore, {
  place: (place) => [
    place([{ ...draft, id: orderIdOf(far) }]),
    // Refused: whether it was placed by an earlier run is looked up.
    place([
      { ...draft, id: orderIdOf(far), lines: [{ sku: unknown, quantity: 1 }] },
      {
        ...draft,
        id: orderIdOf(far + 4, userOf(1)),
        userId: userOf(1),
        lines: [{ sku: unknown, quantity: 1 }]
      }
    ]),
    place([
      { ...draft, id: orderIdOf(far + 6), idempotencyKey: Option.some(keyOf(0)) },
      { ...draft, id: orderIdOf(far + 2), idempotencyKey: Option.some(keyOf(far)) },
      {
        ...draft,
        id: orderIdOf(far + 3, userOf(1)),
        idempotencyKey: Option.some(keyOf(1)),
        userId: userOf(1)
      }
    ]),
    // Taken: what is in its way is looked up.
    place([{ ...draft, id: twinOf(orderIdOf(2)) }])
  ],
  find: (find) => [find(orderIdOf(1)), find(oldOrderIdOf(1))],
  findByNumber: (findByNumber) => [findByNumber(numberOfOrder(1))],
  list: (list) =>
    optional("fulfilled" as const).flatMap((status) =>
      optional(orderIdOf(far + 1)).map((last) => list({ userId: ada, status, before: last, limit }))
    ),
  change: (change) => [
    change(orderThatIs("waiting"), "cancel", now, "a wish"),
    change(orderThatIs("waiting", 1), "fail", now),
    change(orderThatIs("settled"), "fulfil", now),
    change(OrderId.make(unknown), "cancel", now)
  ],
  requestMail: (requestMail) => [requestMail(orderThatIs("settled", 1), now)],
  confirm: (confirm) => [
    confirm(
      [2, 3].map((nth) => orderThatIs("waiting", nth)),
      now
    )
  ],
  findDueMails: (findDueMails) => [findDueMails(now, limit)],
  countDueMails: (countDueMails) => [countDueMails(now, limit)],
  countUnsettled: (countUnsettled) => [
    countUnsettled("pending", limit),
    countUnsettled("confirmed", limit)
  ],
  // Each is both what a claim finds and what it has claimed. The second has one of each kind, of which each write finds
  // one.
  claimMails: (claimMails) => [
    claimMails({ ...claim, orderIds: [1, 2].map((nth) => orderThatIs("abandoned", nth)) }),
    claimMails({ ...claim, orderIds: [orderThatIs("abandoned", 3), orderThatIs("forsaken", 1)] })
  ],
  recordMails: (record) => [
    record(
      (
        [
          { _tag: "Sent" },
          { _tag: "Undeliverable", reason: "no such address" },
          { _tag: "Released" },
          { _tag: "Unknown" },
          { _tag: "Failed", reason: "the mail cannot be written" }
        ] as const
      ).map((outcome, i) => ({
        ...{ ...claim, kind: "confirmed", request: 0 },
        ...{ orderId: orderThatIs("claimed", 1 + i), outcome }
      }))
    ),
    record([
      {
        ...{ ...claim, kind: "cancelled", request: 0 },
        ...{ orderId: orderThatIs("noticing", 1), outcome: { _tag: "Sent" } }
      }
    ])
  ],
  takeOverdue: (takeOverdue) => [takeOverdue(now, limit)],
  flagAttention: (flag) => [
    flag([orderThatIs("overdue", 8), orderThatIs("overdue", 9)], "it fails", now)
  ],
  listAttention: (listAttention) => [listAttention(limit)]
})

/** Those that an index bounds: orderSearchPlans.test.ts has the others too. */
const filters: ReadonlyArray<Partial<OrderFilter>> = [
  {},
  { id: Option.some(orderIdOf(1)) },
  { sku: Option.some(skuOf(0)) },
  ...optional("pending" as const).flatMap((status) => [
    { status, userId: Option.some(ada) },
    ...optional("waiting" as const).flatMap((mail) => [
      { status, mail },
      { status, mail, flagged: true }
    ])
  ])
]

const searches = callsOf(OrderSearch, {
  list: (list) =>
    filters.flatMap((filter) =>
      optional(orderIdOf(2 * far + 1)).map((last) =>
        list({ filter: { ...everyOrder, ...filter }, before: last, limit })
      )
    ),
  find: (find) => [find(orderIdOf(1))],
  count: (count) => [count(now, limit)],
  countPlaced: (countPlaced) => [countPlaced(before, now, limit)]
})

const auditEvents = callsOf(AuditLog, {
  append: (append) => [
    append({
      ...{ id: eventIdOf(far), at: before, kind: "login_failed", outcome: "failure" },
      ...{ subject: {}, details: {} },
      ...{ actor: Option.none(), client: Option.none(), requestId: Option.none() }
    })
  ],
  list: (list) =>
    optional<AuditKind>("login_failed", "logged_out").flatMap((kind) =>
      optional(ada).flatMap((userId) =>
        optional(eventIdOf(far + 1)).map((last) => list({ kind, userId, before: last, limit }))
      )
    ),
  ofOrder: (ofOrder) => [ofOrder(orderIdOf(0), limit)]
})

/** One after the other; none takes from another what it looks for. */
export const callAll = (record: Recorder) =>
  Effect.all(
    [accounts, sessions, verifications, products, searches, orders, auditEvents].map((store) =>
      store(record)
    ),
    { discard: true }
  )
