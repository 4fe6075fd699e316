// What the worker's tests have in common: the embedded layers, a customer, a product, and orders.

import { Clock, Effect, Exit, Fiber, Layer, Option, Scope } from "effect"
import { TestClock } from "effect/testing"
import * as RandomIdGenerator from "../../src/layers/crypto/RandomIdGenerator.ts"
import * as MemoryAccountStore from "../../src/layers/memory/MemoryAccountStore.ts"
import { MemoryDatabase, layer as memoryDatabase } from "../../src/layers/memory/MemoryDatabase.ts"
import * as MemoryMailbox from "../../src/layers/memory/MemoryMailbox.ts"
import * as MemoryOrderCache from "../../src/layers/memory/MemoryOrderCache.ts"
import * as MemoryOrderQueue from "../../src/layers/memory/MemoryOrderQueue.ts"
import * as MemoryOrderStore from "../../src/layers/memory/MemoryOrderStore.ts"
import * as MemorySendRate from "../../src/layers/memory/MemorySendRate.ts"
import { layer as readinessLayer } from "../../src/layers/runtime/TimedReadiness.ts"
import { PasswordHash, type User } from "../../src/services/accounts/model/Account.ts"
import { AccountStore } from "../../src/services/accounts/ports/AccountStore.ts"
import { OrderId, UserId } from "../../src/services/ids.ts"
import { Mailbox } from "../../src/services/messaging/Mailbox.ts"
import { MailerError } from "../../src/services/messaging/Mailer.ts"
import type { MailKind } from "../../src/services/orders/model/OrderStatus.ts"
import { numberOf } from "../../src/services/orders/model/orderNumber.ts"
import { OrderCache } from "../../src/services/orders/ports/OrderCache.ts"
import { OrderQueue, OrderQueueError } from "../../src/services/orders/ports/OrderQueue.ts"
import { OrderStore, OrderStoreError } from "../../src/services/orders/ports/OrderStore.ts"
import { placedMessage } from "../../src/services/orders/steps/announce.ts"
import { putInPlaceOf } from "../../src/services/products/model/changeProduct.ts"
import { now } from "../../src/services/time.ts"
import { fixedJitter } from "../../src/testing/fixedJitter.ts"
import { worker } from "../../src/worker/Worker.ts"

export const customer: User = {
  id: UserId.make("customer"),
  email: "ada@example.com",
  name: Option.some("Ada"),
  phone: Option.none(),
  role: "user",
  locale: "en",
  createdAt: new Date(0)
}

/** The ids of so many orders. */
export const numbered = (count: number): ReadonlyArray<OrderId> =>
  Array.from({ length: count }, (_, i) => OrderId.make(`order-${i}`))

/** The embedded system, fresh for each test that provides it. */
export const system = Layer.mergeAll(
  MemoryOrderStore.layer.pipe(Layer.provideMerge(memoryDatabase)),
  MemoryOrderQueue.layer({ maxReceiveCount: 10 }),
  MemoryOrderCache.layer(),
  MemoryAccountStore.layer,
  MemoryMailbox.layer,
  RandomIdGenerator.layer,
  MemorySendRate.layer({ maxPerSecond: 1000 }),
  readinessLayer(Effect.succeed([])),
  fixedJitter
)

export const options = { concurrency: 8, visibilitySeconds: 60, drainSeconds: 25 }

/** Starts a worker; `stop` shuts it down and returns how many seconds that took. */
export const startWorker = Effect.fnUntraced(function* (changes: Partial<typeof options> = {}) {
  const scope = yield* Scope.make()
  yield* Layer.buildWithScope(Layer.fresh(worker({ ...options, ...changes })), scope)
  // The poller begins to poll.
  yield* TestClock.adjust(0)
  const stop = Effect.gen(function* () {
    const before = yield* Clock.currentTimeMillis
    yield* Scope.close(scope, Exit.void)
    return ((yield* Clock.currentTimeMillis) - before) / 1000
  })
  return { stop }
})

/** A worker that runs until the test ends, which is not waited for. */
export const runWorker = Effect.asVoid(startWorker())

/** Lets so many seconds pass in small steps: work that takes no time has its turns between them. */
export const pass = (seconds: number) =>
  Effect.repeat(TestClock.adjust("100 millis"), { times: seconds * 10 - 1 })

/** Lets time pass until a fiber has ended. */
export const whileTimePasses = <A, E, R>(effect: Effect.Effect<A, E, R>, seconds: number) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect, { startImmediately: true })
    yield* TestClock.adjust(`${seconds} seconds`)
    return yield* Fiber.join(fiber)
  })

export const mailerError = (reason: MailerError["reason"], mayBeSent = false) =>
  new MailerError({ reason, mayBeSent, cause: "away" })
export const storeError = (operation: string) => new OrderStoreError({ operation, cause: "away" })
export const queueError = (operation: string, reason: OrderQueueError["reason"] = "unavailable") =>
  new OrderQueueError({ operation, reason, cause: "away" })

/** Something that is away: what goes through `unless` fails with the error while `outage.away`. */
export const makeOutage = (away = true) => {
  const outage = { away }
  const unless =
    <E>(error: E) =>
    <A, E1, R>(call: Effect.Effect<A, E1, R>): Effect.Effect<A, E | E1, R> =>
      Effect.suspend((): Effect.Effect<A, E | E1, R> => (outage.away ? Effect.fail(error) : call))
  return { outage, unless }
}

/** Stores an order for one cup; its message is not sent. */
export const storeOrder = Effect.fnUntraced(function* (
  id: OrderId,
  { userId = customer.id, traceparent = "" } = {}
) {
  const { products } = yield* MemoryDatabase
  const accounts = yield* AccountStore
  const store = yield* OrderStore
  yield* accounts.create({
    user: customer,
    passwordHash: PasswordHash.make(""),
    passwordVersion: 0,
    codeFailures: 0,
    phoneRemovals: 0,
    disabled: Option.none()
  })
  if (!products.has("cup"))
    products.set("cup", {
      product: {
        ...putInPlaceOf(Option.none(), {
          sku: "cup",
          name: "Cup",
          unitPrice: 1250,
          currency: "EUR"
        }),
        available: 10_000
      },
      removed: false,
      words: []
    })
  const lines = [{ sku: "cup", quantity: 1 }]
  const idempotencyKey = Option.none()
  yield* store.place([{ id, userId, lines, idempotencyKey, at: yield* now, traceparent }])
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
  const queue = yield* OrderQueue
  return yield* queue.receive({ max, waitSeconds: 0, visibilitySeconds: options.visibilitySeconds })
})

/** Orders whose messages are in the queue. */
export const placed = Effect.fnUntraced(function* (...ids: ReadonlyArray<OrderId>) {
  yield* Effect.forEach(ids, (id) => storeOrder(id))
  yield* sendMessages(ids)
})

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

const subjects: { readonly [K in MailKind]: string } = {
  confirmed: "is confirmed",
  fulfilled: "is fulfilled",
  cancelled: "is cancelled",
  failed: "could not be fulfilled"
}

/** The subject of a mail of an order. */
export const mailOf = (id: OrderId, kind: MailKind = "confirmed"): string =>
  `Your order ${numberOf(id, customer.id)} ${subjects[kind]}`
