// What the suites of the stores share: products and drafts that no other test uses, and a look at what
// is stored behind the ports.
import { assert } from "@effect/vitest"
import { Context, Effect, Option } from "effect"
import { EventId, OrderId, UserId } from "../../src/services/ids.ts"
import type { OrderDraft, OrderLine } from "../../src/services/orders/model/allocate.ts"
import type { ClaimedMail, MailOutcome } from "../../src/services/orders/model/mailClaims.ts"
import { ClaimId, type Order, type OrderRecord } from "../../src/services/orders/model/Order.ts"
import { hasWork, type MailKind } from "../../src/services/orders/model/OrderStatus.ts"
import { orderIdOf } from "../../src/services/orders/model/orderNumber.ts"
import { OrderStore, type OrderStoreError } from "../../src/services/orders/ports/OrderStore.ts"
import { isBalanced } from "../../src/services/products/model/StockAudit.ts"
import { ProductStore } from "../../src/services/products/ports/ProductStore.ts"

/** The data below the ports, each adapter's own way. */
export class StoreProbe extends Context.Service<
  StoreProbe,
  {
    readonly records: Effect.Effect<ReadonlyArray<OrderRecord>>
    readonly record: (id: OrderId) => Effect.Effect<OrderRecord | undefined>
    /** Changes the stock without a movement or an order: what an audit exists to find. */
    readonly setAvailable: (sku: string, available: number) => Effect.Effect<void>
    /** The write by which an order takes its stock, without the decision before it. Returns whether it took the pieces. */
    readonly take: (sku: string, pieces: number) => Effect.Effect<boolean>
  }
>()("test/StoreProbe") {}

let ids = 0
/** Ids that sort by creation, as the generator's do, and differ in their last digits too. */
const next = (): string => {
  const digits = (++ids).toString(16)
  return digits.padStart(12, "0") + digits.padStart(20, "0")
}
/** For an order of that user. */
export const nextId = (userId = uniqueUserId()): OrderId => orderIdOf(next(), userId)
/** As the previous version made them. */
export const nextOldId = (): OrderId => OrderId.make(next())
export const nextEventId = (): EventId => EventId.make(next())

export const unique = (what: string): string => `${what}-${crypto.randomUUID()}`
export const uniqueUserId = (name = "user"): UserId => UserId.make(unique(name))
export const uniqueClaimId = (): ClaimId => ClaimId.make(unique("claim"))
export const uniqueKey = (): Option.Option<string> => Option.some(unique("key"))

export const adminId = UserId.make("admin")

/** `seconds` after the moment at which the tests' orders are placed. */
export const time = (seconds = 0): Date => new Date(Date.UTC(2026, 2, 1, 10) + seconds * 1000)

export const draft = (
  lines: ReadonlyArray<OrderLine>,
  overrides: Partial<OrderDraft> = {}
): OrderDraft => {
  const userId = overrides.userId ?? uniqueUserId()
  return {
    id: nextId(userId),
    userId,
    lines,
    idempotencyKey: Option.none(),
    at: time(),
    traceparent: "",
    ...overrides
  }
}

/** A product of its own with that much stock; gives its SKU. */
export const stocked = Effect.fnUntraced(function* (
  pieces: number,
  product: { readonly unitPrice?: number; readonly currency?: string; readonly sku?: string } = {}
) {
  const { sku = unique("SKU"), unitPrice = 250, currency = "EUR" } = product
  const products = yield* ProductStore
  yield* products.put({ sku, name: `A ${sku}`, unitPrice, currency }, time())
  yield* products.adjust({
    sku,
    delta: pieces,
    reason: "delivery",
    actorId: adminId,
    idempotencyKey: Option.none(),
    at: time()
  })
  return sku
})

export const placeOne = Effect.fnUntraced(function* (one: OrderDraft) {
  const [placement] = yield* OrderStore.use((store) => store.place([one]))
  assert(placement !== undefined)
  return placement
})

/** Places an order that must fit. */
export const placed = Effect.fnUntraced(function* (one: OrderDraft) {
  const placement = yield* placeOne(one)
  assert(placement._tag === "Placed", placement._tag)
  return placement.order
})

/** A pending order of a product of its own. */
export const newOrder = Effect.gen(function* () {
  const sku = yield* stocked(5)
  return yield* placed(draft([{ sku, quantity: 1 }]))
})

/** Confirms pending orders. */
export const confirm = Effect.fnUntraced(function* (ids: ReadonlyArray<OrderId>, seconds = 0) {
  const { count } = yield* OrderStore.use((store) => store.confirm(ids, time(seconds)))
  assert.strictEqual(count, ids.length)
})

/** A confirmed order of a product of its own, whose mail is due at `time(5)`. */
export const newConfirmed = Effect.gen(function* () {
  const { id } = yield* newOrder
  yield* confirm([id])
  return yield* current(id)
})

/** How long a claim of these tests holds a mail. */
export const leaseSeconds = 60

/** The request of a claim at that time. */
export const claimAt = (seconds: number, claimId: ClaimId) => ({
  claimId,
  at: time(seconds),
  leaseUntil: time(seconds + leaseSeconds)
})

/** Claims the mail of one order. */
export const claimMail = (
  id: OrderId,
  claimId: ClaimId,
  seconds: number
): Effect.Effect<Option.Option<ClaimedMail>, OrderStoreError, OrderStore> =>
  Effect.map(
    OrderStore.use((store) => store.claimMails({ orderIds: [id], ...claimAt(seconds, claimId) })),
    ({ mails, unreadable }) => {
      assert.deepStrictEqual(unreadable, [])
      assert.isAtMost(mails.length, 1)
      return Option.fromUndefinedOr(mails[0])
    }
  )

/** Records what came of one mail: of the first request for a confirmation, unless another mail is named. */
export const recordMail = (
  orderId: OrderId,
  claimId: ClaimId,
  seconds: number,
  outcome: MailOutcome,
  { kind = "confirmed", request = 0 }: { readonly kind?: MailKind; readonly request?: number } = {}
) =>
  OrderStore.use((store) =>
    store.recordMails([{ orderId, claimId, kind, request, at: time(seconds), outcome }])
  )

export const available = (sku: string) =>
  ProductStore.use((products) => products.find(sku)).pipe(
    Effect.map(Option.map((product) => product.available)),
    Effect.map(Option.getOrUndefined)
  )

export const auditOf = (sku: string) =>
  ProductStore.use((products) => products.audit).pipe(
    Effect.map((lines) => lines.find((line) => line.sku === sku))
  )

/** The books of the SKU agree, and say what is expected. */
export const assertBooks = Effect.fnUntraced(function* (
  sku: string,
  expected: { readonly available: number; readonly reserved: number }
) {
  const line = yield* auditOf(sku)
  assert(line !== undefined)
  assert.deepInclude(line, expected)
  assert.isTrue(isBalanced(line), JSON.stringify(line))
})

export const recordOf = (id: OrderId) => StoreProbe.use((probe) => probe.record(id))

/** What holds for every stored order after every step. */
export const assertSound = Effect.gen(function* () {
  for (const { order, work, needsAttention } of yield* StoreProbe.use((probe) => probe.records)) {
    assert.strictEqual(Option.isSome(work), hasWork(order), `work of ${JSON.stringify(order)}`)
    if (Option.isNone(work))
      assert.isTrue(Option.isNone(needsAttention), `flag of ${JSON.stringify(order)}`)
    assert.strictEqual(order.timeline.at(-1)?.status, order.status)
  }
})

export const current = (id: OrderId) =>
  OrderStore.use((store) => store.find(id)).pipe(
    Effect.map((found): Order => Option.getOrThrow(found))
  )
