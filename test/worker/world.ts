// What the worker's tests have in common: the embedded layers, a customer, a product, and orders.
import { Effect, Layer, Option } from "effect"
import * as RandomIdGenerator from "../../src/layers/crypto/RandomIdGenerator.ts"
import * as MemoryAccountStore from "../../src/layers/memory/MemoryAccountStore.ts"
import * as MemoryAuditLog from "../../src/layers/memory/MemoryAuditLog.ts"
import { MemoryDatabase, layer as memoryDatabase } from "../../src/layers/memory/MemoryDatabase.ts"
import * as MemoryMailbox from "../../src/layers/memory/MemoryMailbox.ts"
import * as MemoryOrderCache from "../../src/layers/memory/MemoryOrderCache.ts"
import * as MemoryOrderQueue from "../../src/layers/memory/MemoryOrderQueue.ts"
import * as MemoryOrderStore from "../../src/layers/memory/MemoryOrderStore.ts"
import * as MemoryRateLimiter from "../../src/layers/memory/MemoryRateLimiter.ts"
import * as FiberBackground from "../../src/layers/runtime/FiberBackground.ts"
import { layer as readinessLayer } from "../../src/layers/runtime/TimedReadiness.ts"
import { PasswordHash, type User } from "../../src/services/accounts/model/Account.ts"
import { AccountStore } from "../../src/services/accounts/ports/AccountStore.ts"
import { OrderId, UserId } from "../../src/services/ids.ts"
import { Mailbox } from "../../src/services/messaging/Mailbox.ts"
import { MailerError } from "../../src/services/messaging/Mailer.ts"
import { SendRate } from "../../src/services/messaging/SendRate.ts"
import { OrderCache } from "../../src/services/orders/ports/OrderCache.ts"
import { OrderQueue, OrderQueueError } from "../../src/services/orders/ports/OrderQueue.ts"
import { OrderStore, OrderStoreError } from "../../src/services/orders/ports/OrderStore.ts"
import { placedMessage } from "../../src/services/orders/steps/announce.ts"
import { now } from "../../src/services/time.ts"
import { confirmBatch } from "../../src/worker/confirmBatch.ts"
import { fixedJitter } from "../fakes/fixedJitter.ts"

export const customer: User = {
  id: UserId.make("customer"),
  email: "ada@example.com",
  name: Option.some("Ada"),
  phone: Option.none(),
  role: "user",
  createdAt: new Date(0)
}

/** The ids of so many orders. */
export const numbered = (count: number): ReadonlyArray<OrderId> =>
  Array.from({ length: count }, (_, i) => OrderId.make(`order-${i}`))

export const visibilitySeconds = 60

/** The embedded system, fresh for each test that provides it. */
export const world = Layer.mergeAll(
  MemoryOrderStore.layer.pipe(Layer.provideMerge(memoryDatabase)),
  MemoryOrderQueue.layer({ maxReceiveCount: 10 }),
  MemoryOrderCache.layer(),
  MemoryAccountStore.layer,
  MemoryMailbox.layer,
  MemoryAuditLog.layer(),
  MemoryRateLimiter.layer({ factor: 1 }),
  FiberBackground.layer({ shutdownSeconds: 0 }),
  RandomIdGenerator.layer,
  Layer.succeed(SendRate, { acquire: () => Effect.succeed(true), throttled: Effect.void }),
  fixedJitter
)

/** The same for a whole worker, which says when it is ready. */
export const system = readinessLayer(Effect.succeed([])).pipe(Layer.provideMerge(world))

export const mailerError = (reason: MailerError["reason"]) =>
  new MailerError({ reason, mayBeSent: false, cause: "away" })
export const storeError = (operation: string) => new OrderStoreError({ operation, cause: "away" })
export const queueError = (operation: string, reason: OrderQueueError["reason"] = "unavailable") =>
  new OrderQueueError({ operation, reason, cause: "away" })

/** Stores an order for one cup; its message is not sent. */
export const storeOrder = Effect.fnUntraced(function* (id: OrderId, userId = customer.id) {
  const { products } = yield* MemoryDatabase
  const accounts = yield* AccountStore
  const store = yield* OrderStore
  yield* accounts.create({
    user: customer,
    passwordHash: PasswordHash.make(""),
    passwordVersion: 0,
    codeFailures: 0,
    phoneRemovals: 0
  })
  if (!products.has("cup"))
    products.set("cup", {
      product: { sku: "cup", name: "Cup", unitPrice: 1250, currency: "EUR", available: 10_000 },
      forSale: true
    })
  const lines = [{ sku: "cup", quantity: 1 }]
  yield* store.place([{ id, userId, lines, idempotencyKey: Option.none(), at: yield* now }])
})

/** Sends the messages of orders, one for each id given. */
export const sendMessages = Effect.fnUntraced(function* (
  ids: ReadonlyArray<OrderId>,
  traceparent = ""
) {
  yield* (yield* OrderQueue).send(ids.map((id) => placedMessage(id, traceparent)))
})

/** What is visible in the queue right now, hidden from then on. */
export const receive = Effect.fnUntraced(function* (max = 10) {
  return yield* (yield* OrderQueue).receive({ max, waitSeconds: 0, visibilitySeconds })
})

/** Orders whose messages are in the queue. */
export const placed = Effect.fnUntraced(function* (...ids: ReadonlyArray<OrderId>) {
  yield* Effect.forEach(ids, (id) => storeOrder(id))
  yield* sendMessages(ids)
})

/** A worker process: confirms what is visible in the queue, remembers what it could not record. */
export const makeWorker =
  (unrecorded = new Set<OrderId>()) =>
  (max = 10) =>
    Effect.flatMap(receive(max), (deliveries) =>
      confirmBatch(deliveries, { visibilitySeconds, unrecorded })
    )

/** Confirms what is visible in the queue, as a worker of its own. */
export const confirm = Effect.suspend(() => makeWorker()())

/** The reasons in the dead-letter queue. */
export const letters = Effect.flatMap(MemoryOrderQueue.MemoryDeadLetters, ({ list }) =>
  Effect.map(list, (all) => all.map(({ reason }) => reason))
)

export const orderOf = Effect.fnUntraced(function* (id: OrderId) {
  return Option.getOrThrow(yield* (yield* OrderStore).find(id))
})

/** `status/confirmation.state` of an order. */
export const stateOf = (id: OrderId) =>
  Effect.map(orderOf(id), ({ status, confirmation }) => `${status}/${confirmation.state}`)

/** The same as the cache has it; undefined where it has nothing. */
export const cachedStateOf = Effect.fnUntraced(function* (id: OrderId) {
  const cached = Option.getOrUndefined(yield* (yield* OrderCache).get(id))
  if (cached === undefined) return undefined
  const { status, confirmation } = JSON.parse(cached.json)
  return `${status}/${confirmation.state}`
})

/** Subjects of the mails that went out, oldest first. */
export const mails = Effect.gen(function* () {
  const { list } = yield* Mailbox
  return (yield* list).map(({ subject }) => subject).toReversed()
})

export const mailOf = (id: OrderId): string => `Your order ${id} is confirmed`
