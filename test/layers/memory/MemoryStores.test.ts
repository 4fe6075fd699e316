// Random sequences of everything that the stores can do keep their invariants, after every step.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Schema } from "effect"
import { OrderId, UserId } from "../../../src/services/ids.ts"
import type { OrderDraft } from "../../../src/services/orders/model/allocate.ts"
import type { MailOutcome } from "../../../src/services/orders/model/mailClaims.ts"
import { ClaimId } from "../../../src/services/orders/model/Order.ts"
import { mailedStatuses } from "../../../src/services/orders/model/OrderStatus.ts"
import { OrderStore } from "../../../src/services/orders/ports/OrderStore.ts"
import { isBalanced } from "../../../src/services/products/model/StockAudit.ts"
import { ProductStore } from "../../../src/services/products/ports/ProductStore.ts"
import { addSeconds } from "../../../src/services/time.ts"
import { assertSound, StoreProbe } from "../../contract/stores.ts"
import { memoryStores } from "./memoryStores.ts"

const range = (minimum: number, maximum: number) =>
  Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const Sku = Schema.Literals(["a", "b"])
const Key = Schema.Option(Schema.Literals(["k1", "k2"]))
/** Which of the orders made so far, counted from the last, and so likely to be there. */
const Which = range(0, 5)
const Line = Schema.Struct({ sku: Sku, quantity: range(1, 4) })

const Operation = Schema.Union([
  Schema.TaggedStruct("Adjust", { sku: Sku, delta: range(-6, 9), key: Key }),
  Schema.TaggedStruct("Place", {
    drafts: Schema.NonEmptyArray(Schema.Struct({ lines: Schema.NonEmptyArray(Line), key: Key }))
  }),
  Schema.TaggedStruct("Change", {
    which: Which,
    command: Schema.Literals(["cancel", "fulfil", "fail"])
  }),
  Schema.TaggedStruct("RequestMail", { which: Which }),
  Schema.TaggedStruct("Confirm", { which: Which }),
  Schema.TaggedStruct("Flag", { which: Which }),
  Schema.TaggedStruct("Claim", { which: Which, leaseSeconds: range(1, 90) }),
  Schema.TaggedStruct("Record", {
    which: Which,
    claim: range(0, 3),
    kind: Schema.Literals(mailedStatuses),
    request: range(0, 2),
    outcome: Schema.Literals(["Sent", "Undeliverable", "Released", "Unknown", "Failed"])
  }),
  Schema.TaggedStruct("TakeOverdue", { limit: range(1, 3) }),
  Schema.TaggedStruct("Remove", { sku: Sku }),
  Schema.TaggedStruct("Put", { sku: Sku, unitPrice: range(0, 9) }),
  Schema.TaggedStruct("Wait", { seconds: range(1, 120) })
])
type Operation = typeof Operation.Type

/** Runs operations against the stores, with the clock, orders and claims that they refer to. */
const makeRunner = Effect.gen(function* () {
  const orders = yield* OrderStore
  const products = yield* ProductStore
  const ids: Array<OrderId> = []
  const claimIds: Array<ClaimId> = []
  let at = new Date("2026-03-01T10:00:00Z")

  const orderAt = (n: number) => ids.at(-1 - n) ?? OrderId.make("none")
  const claimAt = (n: number) => claimIds.at(-1 - n) ?? ClaimId.make("none")

  const place = ({ drafts }: Extract<Operation, { readonly _tag: "Place" }>) =>
    orders.place(
      drafts.map(({ lines, key }): OrderDraft => {
        const id = OrderId.make(`order-${ids.length}`)
        ids.push(id)
        return { id, userId: UserId.make("u"), lines, idempotencyKey: key, at, traceparent: "" }
      })
    )

  const claim = ({ which, leaseSeconds }: Extract<Operation, { readonly _tag: "Claim" }>) => {
    const claimId = ClaimId.make(`claim-${claimIds.length}`)
    claimIds.push(claimId)
    const leaseUntil = addSeconds(at, leaseSeconds)
    return orders.claimMails({ orderIds: [orderAt(which)], claimId, at, leaseUntil })
  }

  const outcomes: { readonly [K in MailOutcome["_tag"]]: () => MailOutcome } = {
    Sent: () => ({ _tag: "Sent" }),
    Undeliverable: () => ({ _tag: "Undeliverable", reason: "no such mailbox" }),
    Released: () => ({ _tag: "Released" }),
    Unknown: () => ({ _tag: "Unknown" }),
    Failed: () => ({ _tag: "Failed", reason: "the mail cannot be written" })
  }

  const runners: {
    readonly [K in Operation["_tag"]]: (
      operation: Extract<Operation, { readonly _tag: K }>
    ) => Effect.Effect<unknown, unknown>
  } = {
    Adjust: ({ sku, delta, key }) =>
      products.adjust({
        sku,
        delta,
        reason: "count",
        actorId: UserId.make("admin"),
        idempotencyKey: key,
        at
      }),
    Place: place,
    Change: ({ which, command }) => orders.change(orderAt(which), command, at),
    RequestMail: ({ which }) => orders.requestMail(orderAt(which), at),
    Confirm: ({ which }) => orders.confirm([orderAt(which)], at),
    Flag: ({ which }) => orders.flagAttention([orderAt(which)], "it fails", at),
    Claim: claim,
    Record: ({ which, claim, kind, request, outcome }) =>
      orders.recordMails([
        {
          orderId: orderAt(which),
          claimId: claimAt(claim),
          kind,
          request,
          at,
          outcome: outcomes[outcome]()
        }
      ]),
    TakeOverdue: ({ limit }) => orders.takeOverdue(at, limit),
    Remove: ({ sku }) => products.remove(sku, at),
    Put: ({ sku, unitPrice }) => products.put({ sku, name: sku, unitPrice, currency: "EUR" }, at),
    Wait: ({ seconds }) =>
      Effect.sync(() => {
        at = addSeconds(at, seconds)
      })
  }
  return (operation: Operation): Effect.Effect<unknown, unknown> =>
    // The union of the runners' parameters is what the compiler can't follow: each gets its own tag.
    runners[operation._tag](operation as never)
})

/** Per order: versions only grow, and a visible change comes with a new one. */
const assertVersions = (
  before: ReadonlyMap<string, { readonly version: number }>,
  after: ReadonlyMap<string, { readonly version: number }>
): void => {
  for (const [id, order] of before) {
    const next = after.get(id)
    assert(next !== undefined, "an order was lost")
    if (next.version === order.version) assert.deepStrictEqual(next, order)
    else assert.isAbove(next.version, order.version)
  }
}

describe("MemoryOrderStore and MemoryProductStore", () => {
  it.effect.prop(
    "keep stock, work, versions and keys consistent through any sequence of operations",
    [Schema.Array(Operation).check(Schema.isMaxLength(40))],
    ([operations]) =>
      Effect.gen(function* () {
        const run = yield* makeRunner
        const products = yield* ProductStore
        const probe = yield* StoreProbe
        const snapshot = Effect.map(
          probe.records,
          (records) => new Map(records.map(({ order }) => [order.id, order]))
        )
        yield* run({ _tag: "Put", sku: "a", unitPrice: 3 })
        yield* run({ _tag: "Put", sku: "b", unitPrice: 5 })
        yield* run({ _tag: "Adjust", sku: "a", delta: 9, key: Option.none() })
        for (const operation of operations) {
          const before = yield* snapshot
          yield* run(operation)
          for (const line of yield* products.audit)
            assert.isTrue(isBalanced(line), `${JSON.stringify(line)} after ${operation._tag}`)
          yield* assertSound
          assertVersions(before, yield* snapshot)
        }
        const keys = (yield* probe.records).flatMap(({ idempotencyKey }) =>
          Option.toArray(idempotencyKey)
        )
        assert.strictEqual(new Set(keys).size, keys.length)
      }).pipe(Effect.provide(Layer.fresh(memoryStores))),
    { arbitrary: { runs: 300 } }
  )
})
