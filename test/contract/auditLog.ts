// What every AuditLog owes its callers.
import { assert, layer } from "@effect/vitest"
import { Array as Arr, Effect, type Layer, Option } from "effect"
import { type AuditEvent, outcomeOf } from "../../src/services/audit/AuditEvent.ts"
import { AuditLog, type AuditQuery } from "../../src/services/audit/AuditLog.ts"
import { OrderId, SessionId, type UserId, VerificationId } from "../../src/services/ids.ts"
import type { Role } from "../../src/services/Principal.ts"
import { nextEventId, time, unique, uniqueUserId } from "./stores.ts"

/** An event of a user of its own, with as little in it as an event can have. */
const event = (overrides: Partial<AuditEvent> = {}): AuditEvent => {
  const { kind = "login_failed" } = overrides
  return {
    id: nextEventId(),
    at: time(),
    kind,
    outcome: outcomeOf[kind],
    actor: Option.none(),
    subject: {},
    details: {},
    client: Option.none(),
    requestId: Option.none(),
    ...overrides
  }
}

const actor = (userId: UserId, role: Option.Option<Role> = Option.some("admin")) =>
  Option.some({ type: "user", userId, sessionId: SessionId.make(unique("session")), role } as const)

const append = (...events: ReadonlyArray<AuditEvent>) =>
  AuditLog.use((log) => Effect.forEach(events, log.append))

const list = (query: Partial<AuditQuery>) =>
  AuditLog.use((log) =>
    log.list({
      kind: Option.none(),
      userId: Option.none(),
      before: Option.none(),
      limit: 100,
      ...query
    })
  )

const of = (userId: UserId, query: Partial<AuditQuery> = {}) =>
  list({ userId: Option.some(userId), ...query })

const ids = (events: ReadonlyArray<AuditEvent>) => events.map(({ id }) => id)

const last = (events: ReadonlyArray<AuditEvent>) => Option.map(Arr.last(events), ({ id }) => id)

export const auditLogContract = <E>(name: string, logs: Layer.Layer<AuditLog, E>): void =>
  layer(logs, { excludeTestServices: true })(name, (it) => {
    it.effect("an event is read as it was stored, with all its optional fields or none", () =>
      Effect.gen(function* () {
        const userId = uniqueUserId()
        const least = event({ subject: { userId } })
        const most = event({
          kind: "dead_letters_dropped",
          actor: actor(userId),
          subject: {
            userId,
            sessionId: SessionId.make("session"),
            verificationId: VerificationId.make("verification"),
            address: "a***@example.com",
            sku: "sku",
            orderId: OrderId.make("order"),
            messageIds: ["one", "two"]
          },
          details: {
            delta: -3,
            matched: 2,
            notFound: 0,
            before: { unitPrice: 1, currency: "EUR", available: 3, role: "user", disabled: false },
            after: { status: "cancelled", mail: "not_due" },
            reason: "a wish"
          },
          client: Option.some("2001:db8:0:1::/64"),
          requestId: Option.some("request")
        })
        const command = event({ actor: Option.some({ type: "cli" }), subject: { userId } })
        const bySession = event({ actor: actor(userId, Option.none()) })
        yield* append(least, most, command, bySession)
        assert.deepStrictEqual(yield* of(userId), [bySession, command, most, least])
      })
    )

    it.effect("events are listed newest first, page by page, without gaps or duplicates", () =>
      Effect.gen(function* () {
        const userId = uniqueUserId()
        const events = Arr.makeBy(7, () => event({ subject: { userId } }))
        // As processes do: not in the order in which they happened.
        yield* append(...events.toReversed())
        const first = yield* of(userId, { limit: 3 })
        const before = last(first)
        const second = yield* of(userId, { limit: 3, before })
        const third = yield* of(userId, { limit: 3, before: last(second) })
        assert.deepStrictEqual(
          [first, second, third].map(({ length }) => length),
          [3, 3, 1]
        )
        assert.deepStrictEqual([...first, ...second, ...third], events.toReversed())
      })
    )

    it.effect("without a filter all are listed, newest first", () =>
      Effect.gen(function* () {
        const [older, newer] = [event(), event({ kind: "logged_out" })]
        yield* append(older, newer)
        assert.deepStrictEqual(yield* list({ limit: 2 }), [newer, older])
      })
    )

    it.effect("a user's events are those as actor and as subject, each once", () =>
      Effect.gen(function* () {
        const [ada, bob] = [uniqueUserId("ada"), uniqueUserId("bob")]
        const both = event({
          kind: "order_failed",
          actor: actor(ada),
          subject: { userId: bob }
        })
        const own = event({ actor: actor(ada), subject: { userId: ada } })
        const other = event({ actor: actor(bob) })
        yield* append(both, own, other)
        assert.deepStrictEqual(ids(yield* of(ada)), ids([own, both]))
        assert.deepStrictEqual(ids(yield* of(bob)), ids([other, both]))
        assert.deepStrictEqual(yield* of(uniqueUserId("nobody")), [])
      })
    )

    it.effect("filters combine", () =>
      Effect.gen(function* () {
        const userId = uniqueUserId()
        const subject = { userId }
        const wanted = event({ kind: "role_granted", subject })
        yield* append(
          wanted,
          event({ kind: "role_granted" }),
          event({ kind: "role_revoked", subject })
        )
        assert.deepStrictEqual(yield* of(userId, { kind: Option.some("role_granted") }), [wanted])
        const granted = yield* list({ kind: Option.some("role_granted") })
        assert.isTrue(granted.every(({ kind }) => kind === "role_granted"))
        assert.includeMembers(ids(granted), ids([wanted]))
        const before = Option.some(wanted.id)
        assert.deepStrictEqual(yield* of(userId, { kind: Option.some("role_granted"), before }), [])
      })
    )

    it.effect("the same event again changes nothing", () =>
      Effect.gen(function* () {
        const userId = uniqueUserId()
        const once = event({ subject: { userId } })
        yield* append(once, once)
        assert.deepStrictEqual(yield* of(userId), [once])
      })
    )

    it.effect("of 50 concurrent events none is lost", () =>
      Effect.gen(function* () {
        const userId = uniqueUserId()
        const events = Arr.makeBy(50, () => event({ subject: { userId } }))
        const log = yield* AuditLog
        yield* Effect.forEach(events, log.append, { concurrency: "unbounded" })
        assert.deepStrictEqual(yield* of(userId), events.toReversed())
      })
    )

    it.effect("the events about an order are listed newest first, and no others", () =>
      Effect.gen(function* () {
        const log = yield* AuditLog
        const orderId = OrderId.make(unique("order"))
        const [first, second, third] = Arr.makeBy(3, () => event({ subject: { orderId } }))
        assert(first !== undefined && second !== undefined && third !== undefined)
        yield* append(second, event({ subject: { orderId: OrderId.make(unique("order")) } }))
        yield* append(third, first, event())
        assert.deepStrictEqual(yield* log.ofOrder(orderId, 9), [third, second, first])
        assert.deepStrictEqual(yield* log.ofOrder(orderId, 2), [third, second])
      })
    )
  })
