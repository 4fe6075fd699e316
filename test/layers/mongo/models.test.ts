// The fields of every model decide what is inserted: a document with a value that is missing, unknown or of
// another type is refused, by each function that makes documents and by each store.
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Layer, Option } from "effect"
import { createConnection } from "mongoose"
import { toAccountDocument } from "../../../src/layers/mongo/AccountModel.ts"
import { toAuditEventDocument } from "../../../src/layers/mongo/AuditEventModel.ts"
import { layer as accountStore } from "../../../src/layers/mongo/MongoAccountStore.ts"
import { layer as auditLog } from "../../../src/layers/mongo/MongoAuditLog.ts"
import { MongoConnection } from "../../../src/layers/mongo/MongoConnection.ts"
import { layer as sessionStore } from "../../../src/layers/mongo/MongoSessionStore.ts"
import { layer as verificationStore } from "../../../src/layers/mongo/MongoVerificationStore.ts"
import { models } from "../../../src/layers/mongo/models.ts"
import { toOrderDocument } from "../../../src/layers/mongo/OrderModel.ts"
import { toProductDocument } from "../../../src/layers/mongo/ProductModel.ts"
import { toSessionDocument } from "../../../src/layers/mongo/SessionModel.ts"
import { toStockMovementDocument } from "../../../src/layers/mongo/StockMovementModel.ts"
import { toVerificationDocument } from "../../../src/layers/mongo/VerificationModel.ts"
import { type Account, PasswordHash } from "../../../src/services/accounts/model/Account.ts"
import { newSession, type Session, TokenId } from "../../../src/services/accounts/model/Session.ts"
import { CodeDigest, type Verification } from "../../../src/services/accounts/model/Verification.ts"
import { AccountStore } from "../../../src/services/accounts/ports/AccountStore.ts"
import { SessionStore } from "../../../src/services/accounts/ports/SessionStore.ts"
import { VerificationStore } from "../../../src/services/accounts/ports/VerificationStore.ts"
import type { AuditEvent } from "../../../src/services/audit/AuditEvent.ts"
import { AuditLog } from "../../../src/services/audit/AuditLog.ts"
import {
  EventId,
  OrderId,
  OrderNumber,
  SessionId,
  UserId,
  VerificationId
} from "../../../src/services/ids.ts"
import { ClaimId, type Order, type OrderRecord } from "../../../src/services/orders/model/Order.ts"
import type { NewProduct, Product } from "../../../src/services/products/model/Product.ts"
import type { StockMovement } from "../../../src/services/products/model/StockMovement.ts"
import { ProductStore } from "../../../src/services/products/ports/ProductStore.ts"
import { adminId, draft, placeOne, stocked, time } from "../../contract/stores.ts"
import { describeWith } from "../../suite.ts"
import { mongoStores } from "./mongoStores.ts"

const at = time()
const ada = UserId.make("ada")

const account: Account = {
  user: {
    id: ada,
    email: "a@example.com",
    name: Option.none(),
    phone: Option.none(),
    role: "user",
    locale: "en",
    createdAt: at
  },
  passwordHash: PasswordHash.make("$argon2id$"),
  passwordVersion: 0,
  codeFailures: 0,
  phoneRemovals: 0,
  disabled: Option.some({ at, reason: "a stolen password" })
}

const verification: Verification = {
  id: VerificationId.make("proof"),
  purpose: { _tag: "Taken", email: "a@example.com", locale: "de" },
  codeDigest: CodeDigest.make("digest"),
  attempts: 0,
  expiresAt: at,
  resendAt: at,
  consumedAt: Option.none()
}

const jti = TokenId.make("first")
const session: Session = {
  ...newSession({ id: SessionId.make("one"), userId: ada, passwordVersion: 0, jti }, at),
  previous: Option.some({ jti, rotatedAt: at }),
  lateRepeat: Option.some({ gave: jti, at })
}

const product: NewProduct & Pick<Product, "available"> = {
  sku: "SKU",
  name: "Chair",
  unitPrice: 250,
  currency: "EUR",
  available: 0,
  description: Option.some("Of oak"),
  picture: Option.some("https://pictures.example.com/chair.jpg"),
  category: Option.some("Chairs")
}

const movement: StockMovement = {
  sku: "SKU",
  delta: 1,
  reason: "delivery",
  actorId: adminId,
  idempotencyKey: Option.none(),
  at,
  availableAfter: 1
}

const record: OrderRecord = {
  order: {
    id: OrderId.make("order"),
    number: OrderNumber.make("K7QF-2M9X"),
    userId: ada,
    status: "pending",
    items: [{ sku: "SKU", name: "Chair", quantity: 1, unitPrice: 250 }],
    total: 250,
    currency: "EUR",
    createdAt: at,
    updatedAt: at,
    version: 1,
    timeline: [{ status: "pending", at }],
    confirmation: { state: "waiting" }
  },
  idempotencyKey: Option.none(),
  work: Option.some({
    ...{ dueAt: at, resends: 0, unknownSends: 1, failures: 1 },
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
  }),
  claim: Option.some({ id: ClaimId.make("claim"), leaseUntil: at }),
  mailRequest: 1,
  needsAttention: Option.some({ reason: "it fails", at })
}

const event: AuditEvent = {
  id: EventId.make("event"),
  at,
  kind: "logged_out",
  outcome: "success",
  actor: Option.some({ type: "cli" }),
  subject: {},
  details: {},
  client: Option.none(),
  requestId: Option.none()
}

/** How a document of each model is made, and of what. */
const made = {
  Account: { sound: account, make: toAccountDocument },
  Verification: { sound: verification, make: toVerificationDocument },
  Session: { sound: session, make: toSessionDocument },
  Product: { sound: product, make: (value: typeof product) => toProductDocument(value, at) },
  StockMovement: { sound: movement, make: toStockMovementDocument },
  Order: { sound: record, make: toOrderDocument },
  AuditEvent: { sound: event, make: toAuditEventDocument }
}

/** Copies of a value, each with one of the values in it replaced. */
const variants = (
  value: unknown,
  replacements: (leaf: unknown, key: string) => ReadonlyArray<unknown>,
  at = ""
): ReadonlyArray<unknown> => {
  if (Option.isOption(value))
    return Option.match(value, {
      onNone: () => replacements(value, at),
      onSome: (inner) => variants(inner, replacements, at)
    }).map(Option.some)
  if (typeof value !== "object" || value === null || value instanceof Date)
    return replacements(value, at)
  return Object.entries(value).flatMap(([key, inner]) =>
    variants(inner, replacements, key).map((variant) =>
      Array.isArray(value) ? value.with(Number(key), variant) : { ...value, [key]: variant }
    )
  )
}

/** Such that mongoose would convert it, where there is such a value. */
const ofAnotherType = (leaf: unknown): ReadonlyArray<unknown> => {
  if (typeof leaf === "string") return [7]
  if (typeof leaf === "number") return [String(leaf)]
  return [leaf instanceof Date ? leaf.toISOString() : {}]
}

/** Fields that a document may lack. What else may be absent is none in the sound values. */
const optional = [
  ...["mailRequest", "unknownSends", "failures", "traceparent"],
  ...["description", "picture", "category"]
]

const missing = (leaf: unknown, key: string): ReadonlyArray<unknown> =>
  Option.isOption(leaf) || optional.includes(key) ? [] : [undefined]

const refused = /^\w+: \S+ is (no \w+|missing|refused by its validator)$/u

describe("the fields of a model", () => {
  it("are tested for every model", () => {
    const connection = createConnection()
    const names = models.map((modelOn) => modelOn(connection).model.modelName)
    assert.sameMembers(names, Object.keys(made))
  })

  for (const [name, { sound, make }] of Object.entries(made)) {
    const documentOf = (value: unknown) => make(value as never)

    it(`accept a sound ${name}`, () => {
      assert.isObject(documentOf(sound))
    })

    it(`refuse a ${name} with a value of another type`, () => {
      for (const variant of variants(sound, ofAnotherType))
        assert.throws(() => documentOf(variant), refused, JSON.stringify(variant))
    })

    it(`refuse a ${name} without a value that it must have`, () => {
      for (const variant of variants(sound, missing))
        assert.throws(() => documentOf(variant), refused, JSON.stringify(variant))
    })
  }

  it("refuse a value outside their list, and an unknown field", () => {
    const withUser = (user: object) => () => toAccountDocument({ ...account, user } as Account)
    assert.throws(withUser({ ...account.user, role: "emperor" }), "accounts: role")
    assert.throws(withUser({ ...account.user, admin: true }), "accounts: admin")
    assert.throws(withUser({ ...account.user, constructor: true }), "accounts: constructor")
  })

  it("are named in the error, and their values are not", () => {
    const item = { sku: "SKU", name: "Chair", quantity: "secret", unitPrice: 250 }
    const withItems = (items: unknown) => () =>
      toOrderDocument({ ...record, order: { ...record.order, items: items as Order["items"] } })
    assert.throws(withItems([item]), /^orders: items\.0\.quantity is no Number$/u)
    assert.throws(withItems(item), /^orders: items is no Array$/u)
    assert.throws(withItems(["secret"]), /^orders: items\.0 is no \w+$/u)
  })
})

describeWith(["mongo"], "a store on MongoDB", ({ mongo }) => {
  const stores = Layer.mergeAll(accountStore, auditLog, sessionStore, verificationStore).pipe(
    Layer.provideMerge(mongoStores(mongo.uri))
  )

  it.live("inserts no document that its model refuses", () =>
    Effect.gen(function* () {
      const sku = yield* stocked(1)
      const wrong = 7 as never
      const accounts = yield* AccountStore
      const verifications = yield* VerificationStore
      const sessions = yield* SessionStore
      const events = yield* AuditLog
      const products = yield* ProductStore
      const adjustment = { sku, delta: 1, reason: wrong, actorId: adminId, at }
      const inserts: ReadonlyArray<Effect.Effect<unknown, unknown>> = [
        accounts.create({ ...account, passwordHash: wrong }),
        verifications.create({ ...verification, codeDigest: wrong }),
        sessions.create({ ...session, userId: wrong }),
        events.append({ ...event, requestId: Option.some(wrong) }),
        products.put({ ...product, name: wrong }, at),
        products.adjust({ ...adjustment, idempotencyKey: Option.none() })
      ]
      for (const insert of inserts) {
        const exit = yield* Effect.exit(insert)
        assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
      }
      const placement = yield* placeOne(draft([{ sku, quantity: 1 }], { userId: wrong }))
      assert.strictEqual(placement._tag, "Unplaceable")
      const { mongoose } = yield* MongoConnection
      const counts = yield* Effect.promise(() =>
        Promise.all(models.map((modelOn) => modelOn(mongoose).model.collection.countDocuments()))
      )
      // The product that is for sale, and the movement of its stock.
      assert.deepStrictEqual(counts, [0, 0, 0, 1, 1, 0, 0])
    }).pipe(Effect.provide(stores))
  )
})
