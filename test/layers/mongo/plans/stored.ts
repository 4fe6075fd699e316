// A database of any size whose content is the same up to that size. Half of it is one user's, and older
// than those of all others: so neither reading all of that user's nor reading on until enough is found is cheap.
import { Effect, Option } from "effect"
import type { Connection } from "mongoose"
import { type AccountDocument, accountModel } from "../../../../src/layers/mongo/AccountModel.ts"
import {
  auditEventModel,
  toAuditEventDocument
} from "../../../../src/layers/mongo/AuditEventModel.ts"
import type { AnyModel } from "../../../../src/layers/mongo/document.ts"
import { orderModel, toOrderDocument } from "../../../../src/layers/mongo/OrderModel.ts"
import {
  type ProductDocument,
  productModel,
  toProductDocument
} from "../../../../src/layers/mongo/ProductModel.ts"
import { sessionModel, toSessionDocument } from "../../../../src/layers/mongo/SessionModel.ts"
import {
  stockMovementModel,
  toStockMovementDocument
} from "../../../../src/layers/mongo/StockMovementModel.ts"
import {
  type VerificationDocument,
  verificationModel
} from "../../../../src/layers/mongo/VerificationModel.ts"
import {
  maxSessions,
  newSession,
  TokenId
} from "../../../../src/services/accounts/model/Session.ts"
import {
  EventId,
  OrderId,
  SessionId,
  UserId,
  VerificationId
} from "../../../../src/services/ids.ts"
import {
  ClaimId,
  type Order,
  type OrderRecord
} from "../../../../src/services/orders/model/Order.ts"
import {
  orderIdOf as makeOrderId,
  numberOf
} from "../../../../src/services/orders/model/orderNumber.ts"
import { addSeconds } from "../../../../src/services/time.ts"

/** Of everything. So late that the server does not remove what expires. */
export const now = new Date(Date.UTC(2200, 0, 1))
export const before = addSeconds(now, -60)
export const after = addSeconds(now, 60)

export const ada = UserId.make("ada")
export const userOf = (i: number) => (i % 2 === 0 ? ada : UserId.make(`user ${i}`))

/** In the order in which they were made. */
const idOf = (i: number) => `${i % 2 === 0 ? "a" : "b"}${i.toString(16).padStart(31, "0")}`
export const userIdOf = (i: number) => UserId.make(idOf(i))
export const sessionIdOf = (i: number) => SessionId.make(idOf(i))
export const tokenIdOf = (i: number) => TokenId.make(idOf(i))
export const verificationIdOf = (i: number) => VerificationId.make(idOf(i))
/** Of that user, for an order that must not be the `i`-th user's. */
export const orderIdOf = (i: number, userId = userOf(i)) => makeOrderId(idOf(i), userId)
/** As the previous version made it. */
export const oldOrderIdOf = (i: number) => OrderId.make(idOf(i))
export const numberOfOrder = (i: number) => numberOf(orderIdOf(i), userOf(i))
export const eventIdOf = (i: number) => EventId.make(idOf(i))
export const skuOf = (i: number) => `SKU-${idOf(i)}`
export const keyOf = (i: number) => `key ${i}`
export const emailOf = (i: number) => `${i}@example.com`
/** Of all claims. */
export const claimId = ClaimId.make("claim")

type State = Pick<Order, "status"> &
  Pick<OrderRecord, "work" | "claim" | "mailRequest" | "needsAttention"> & {
    readonly confirmation: Order["confirmation"]["state"]
    readonly notice?: NonNullable<Order["notice"]>["state"]
  }

const waiting: State = {
  status: "pending",
  confirmation: "waiting",
  work: Option.some({ dueAt: after, resends: 0 }),
  claim: Option.none(),
  mailRequest: 0,
  needsAttention: Option.none()
}
const sending: State = { ...waiting, status: "confirmed", confirmation: "sending" }
const settled: State = {
  ...waiting,
  status: "confirmed",
  confirmation: "sent",
  work: Option.none()
}

const states = {
  waiting,
  overdue: { ...waiting, work: Option.some({ dueAt: before, resends: 0 }) },
  due: {
    ...waiting,
    status: "confirmed",
    work: Option.some({ dueAt: before, resends: 0 })
  },
  claimed: { ...sending, claim: Option.some({ id: claimId, leaseUntil: after }) },
  abandoned: {
    ...sending,
    work: Option.some({ dueAt: before, resends: 0 }),
    claim: Option.some({ id: claimId, leaseUntil: before })
  },
  flagged: { ...waiting, needsAttention: Option.some({ reason: "it fails", at: before }) },
  settled,
  fulfilled: { ...settled, status: "fulfilled" },
  cancelled: { ...settled, status: "cancelled", confirmation: "not_due" },
  noticed: {
    ...{ ...settled, status: "cancelled", notice: "waiting" },
    work: Option.some({ dueAt: before, resends: 0 })
  },
  forsaken: {
    ...{ ...settled, status: "cancelled", notice: "sending" },
    work: Option.some({ dueAt: before, resends: 0 }),
    claim: Option.some({ id: claimId, leaseUntil: before })
  },
  noticing: {
    ...{ ...sending, status: "cancelled", confirmation: "sent", notice: "sending" },
    claim: Option.some({ id: claimId, leaseUntil: after })
  },
  told: { ...settled, status: "cancelled", notice: "sent" }
} as const satisfies Record<string, State>

const stateNames = Object.keys(states) as ReadonlyArray<keyof typeof states>

/** The id of one of ada's orders in that state, the `nth` of them. */
export const orderThatIs = (state: keyof typeof states, nth = 0): OrderId =>
  orderIdOf(2 * (nth * stateNames.length + stateNames.indexOf(state)))

const order = (i: number) =>
  orderIn(stateNames[Math.floor(i / 2) % stateNames.length] ?? "settled", i)

const orderIn = (state: keyof typeof states, i: number) => {
  const { status, confirmation, notice, ...rest }: State = states[state]
  return toOrderDocument({
    ...rest,
    idempotencyKey: Option.some(keyOf(i)),
    order: {
      id: orderIdOf(i),
      number: numberOfOrder(i),
      userId: userOf(i),
      status,
      items: [{ sku: skuOf(0), name: "Chair", quantity: 1, unitPrice: 250 }],
      total: 250,
      currency: "EUR",
      createdAt: before,
      updatedAt: before,
      version: 1,
      timeline: [{ status, at: before }],
      confirmation: { state: confirmation },
      ...(notice === undefined ? {} : { notice: { state: notice } })
    }
  })
}

const account = (i: number): AccountDocument => ({
  _id: idOf(i),
  email: emailOf(i),
  name: null,
  phone: null,
  role: "user",
  locale: "en",
  passwordHash: "$argon2id$",
  passwordVersion: 0,
  createdAt: before
})

/** Ada has as many live ones as a user may have; the rest of hers have ended. */
const session = (i: number) => {
  const login = { id: sessionIdOf(i), userId: userOf(i), passwordVersion: 0, jti: tokenIdOf(i) }
  return toSessionDocument({
    ...newSession(login, addSeconds(before, i / 1000)),
    endedAt: i < 2 * maxSessions ? Option.none() : Option.some(before)
  })
}

const verification = (i: number): VerificationDocument => ({
  _id: idOf(i),
  purpose: { _tag: "Taken", email: emailOf(i), locale: "en" },
  codeDigest: "digest",
  attempts: 0,
  expiresAt: after,
  resendAt: before,
  consumedAt: null
})

/** Of ten products for sale. */
export const categoryOf = (i: number): string => `Chairs ${Math.floor(i / 15)}`

const product = (i: number): ProductDocument => ({
  ...toProductDocument(
    {
      ...{ sku: skuOf(i), name: `Chair ${i}`, unitPrice: 250, currency: "EUR", available: 1000 },
      category: Option.some(categoryOf(i))
    },
    before
  ),
  ...(i % 3 === 1 ? { removedAt: before } : {}),
  // Half of those that are off sale are in the catalogue still.
  ...(i % 6 === 1 ? { inactive: true } : {})
})

const movement = (i: number) =>
  toStockMovementDocument({
    sku: skuOf(i % 2 === 0 ? 0 : i),
    delta: 1,
    reason: "delivery",
    actorId: userOf(i),
    idempotencyKey: Option.some(keyOf(i)),
    at: before,
    availableAfter: 1000
  })

/** Many of ada's and many of a kind, and one of that kind that is hers. */
const auditEvent = (i: number) =>
  toAuditEventDocument({
    id: eventIdOf(i),
    at: before,
    kind: i % 2 === 0 && i > 0 ? "login_failed" : "logged_out",
    outcome: "success",
    actor: Option.none(),
    subject: { userId: userOf(i) },
    details: {},
    client: Option.none(),
    requestId: Option.none()
  })

const insert = (
  connection: Connection,
  { model: { collection } }: { readonly model: AnyModel },
  documents: ReadonlyArray<object>
) => connection.collection(collection.collectionName).insertMany([...documents])

/** Stores that many of each. */
export const store = (connection: Connection, size: number) => {
  const many = (document: (i: number) => object) =>
    Array.from({ length: size }, (_, i) => document(i))
  return Effect.promise(() =>
    Promise.all([
      insert(connection, accountModel(connection), many(account)),
      insert(connection, sessionModel(connection), many(session)),
      insert(connection, verificationModel(connection), many(verification)),
      insert(connection, productModel(connection), many(product)),
      insert(connection, stockMovementModel(connection), many(movement)),
      insert(connection, orderModel(connection), many(order)),
      insert(connection, auditEventModel(connection), many(auditEvent))
    ])
  )
}

/** Stores that many products alone. */
export const storeProducts = (connection: Connection, count: number) =>
  Effect.promise(() =>
    insert(
      connection,
      productModel(connection),
      Array.from({ length: count }, (_, i) => product(i))
    )
  )

/** Stores orders that are all in that state, from the `first`-th order on. */
export const storeOrders = (
  connection: Connection,
  state: keyof typeof states,
  { first, count }: { readonly first: number; readonly count: number }
) =>
  Effect.promise(async () =>
    count === 0
      ? []
      : insert(
          connection,
          orderModel(connection),
          Array.from({ length: count }, (_, i) => orderIn(state, first + i))
        )
  )
