import { assert, describe, it } from "@effect/vitest"
import { Cause, Deferred, Effect, Exit, Fiber, Layer, Option, Scope } from "effect"
import { TestClock } from "effect/testing"
import { layer as fiberBackground } from "../../../src/layers/runtime/FiberBackground.ts"
import {
  layer,
  maxBatch,
  maxWaiting,
  maxWaitSeconds,
  shutdownSeconds
} from "../../../src/layers/runtime/GroupCommitBatcher.ts"
import { OrderId, OrderNumber, UserId } from "../../../src/services/ids.ts"
import type { OrderDraft, Placement } from "../../../src/services/orders/model/allocate.ts"
import type { Order } from "../../../src/services/orders/model/Order.ts"
import { OrderBatcher } from "../../../src/services/orders/ports/OrderBatcher.ts"
import { OrderCache } from "../../../src/services/orders/ports/OrderCache.ts"
import { OrderQueue, type OutgoingMessage } from "../../../src/services/orders/ports/OrderQueue.ts"
import {
  OrderStore,
  OrderStoreError,
  type Unplaceable
} from "../../../src/services/orders/ports/OrderStore.ts"

const draft = (name: string): OrderDraft => ({
  id: OrderId.make(name),
  userId: UserId.make("u"),
  lines: [],
  idempotencyKey: Option.none(),
  at: new Date(0),
  traceparent: ""
})

const orderOf = ({ id, userId, at }: OrderDraft): Order => ({
  id,
  number: OrderNumber.make("K7QF-2M9X"),
  userId,
  status: "pending",
  items: [],
  total: 0,
  currency: "EUR",
  createdAt: at,
  updatedAt: at,
  version: 1,
  timeline: [],
  confirmation: { state: "waiting" }
})

const placed = (d: OrderDraft): Placement => ({ _tag: "Placed", order: orderOf(d) })

type Answers = ReadonlyArray<Placement | Unplaceable>

/** A store whose commits are held until the test answers them, and what was sent and cached. */
const makeHeldStore = () => {
  const commits: Array<{
    readonly ids: ReadonlyArray<string>
    readonly drafts: ReadonlyArray<OrderDraft>
    readonly answer: Deferred.Deferred<Answers, OrderStoreError>
  }> = []
  const sent: Array<OutgoingMessage> = []
  const cached: Array<string> = []
  const ports = Layer.mergeAll(
    Layer.mock(OrderStore, {
      place: (drafts) =>
        Effect.suspend(() => {
          const answer = Deferred.makeUnsafe<Answers, OrderStoreError>()
          commits.push({ ids: drafts.map(({ id }) => id), drafts, answer })
          return Deferred.await(answer)
        })
    }),
    Layer.mock(OrderQueue, {
      send: (messages) =>
        Effect.sync(() => {
          sent.push(...messages)
          return messages.map((_, i) => `message ${i}`)
        })
    }),
    Layer.mock(OrderCache, {
      put: (orders) => Effect.sync(() => void cached.push(...orders.map(({ id }) => id)))
    })
  )
  const commitAt = (i: number) => {
    const commit = commits[i]
    if (commit === undefined) throw new Error(`no commit ${i}`)
    return commit
  }
  const finish = Effect.fnUntraced(function* (
    i: number,
    exit?: Exit.Exit<Answers, OrderStoreError>
  ) {
    const { drafts, answer } = commitAt(i)
    yield* Deferred.done(answer, exit ?? Exit.succeed(drafts.map(placed)))
    yield* TestClock.adjust(0)
  })
  return {
    batches: () => commits.map(({ ids }) => ids),
    sent,
    cached,
    /** Ends the i-th commit: with these answers, or with all orders placed. */
    finish,
    finishAll: Effect.gen(function* () {
      for (let i = 0; i < commits.length; i++) yield* finish(i)
    }),
    layer: layer.pipe(
      Layer.provideMerge(fiberBackground({ shutdownSeconds: 5 })),
      Layer.provide(ports)
    )
  }
}

/** Places an order in a fiber that is waiting in line when this returns. */
const arrive = Effect.fnUntraced(function* (name: string, overrides: Partial<OrderDraft> = {}) {
  const { place } = yield* OrderBatcher
  const one = { ...draft(name), ...overrides }
  const fiber = yield* Effect.forkChild(place(one), { startImmediately: true })
  yield* TestClock.adjust(0)
  return fiber
})
const arriveAll = (names: ReadonlyArray<string>) => Effect.forEach(names, (name) => arrive(name))
const range = (count: number, name: string) =>
  Array.from({ length: count }, (_, i) => `${name}${i}`)

const idOf = (placement: Placement): string | undefined =>
  placement._tag === "Placed" || placement._tag === "Replayed" ? placement.order.id : undefined

describe("group commit", () => {
  it.effect("commits a single order immediately, by itself", () => {
    const { batches, finish, layer } = makeHeldStore()
    return Effect.gen(function* () {
      const caller = yield* arrive("a")
      assert.deepStrictEqual(batches(), [["a"]])
      yield* finish(0)
      assert.strictEqual(idOf(yield* Fiber.join(caller)), "a")
    }).pipe(Effect.provide(layer))
  })

  it.effect("makes one batch of all orders that arrive during a commit, in their order", () => {
    const { batches, finish, layer } = makeHeldStore()
    return Effect.gen(function* () {
      yield* arrive("first")
      const ids = range(50, "order")
      const callers = yield* arriveAll(ids)
      assert.deepStrictEqual(batches(), [["first"]])
      yield* finish(0)
      assert.deepStrictEqual(batches(), [["first"], ids])
      yield* finish(1)
      const placements = yield* Effect.forEach(callers, Fiber.join)
      assert.deepStrictEqual(placements.map(idOf), ids)
    }).pipe(Effect.provide(layer))
  })

  it.effect("takes no more than the maximum batch size", () => {
    const { batches, finish, layer } = makeHeldStore()
    return Effect.gen(function* () {
      yield* arrive("first")
      yield* arriveAll(range(maxBatch + 3, "order"))
      yield* finish(0)
      yield* finish(1)
      yield* finish(2)
      assert.deepStrictEqual(
        batches().map(({ length }) => length),
        [1, maxBatch, 3]
      )
    }).pipe(Effect.provide(layer))
  })

  it.effect("gives each caller its own answer", () => {
    const { finish, layer } = makeHeldStore()
    return Effect.gen(function* () {
      yield* arrive("first")
      const [a, b, c] = yield* Effect.all([arrive("a"), arrive("b"), arrive("c")])
      yield* finish(0)
      const refusal: Placement = { _tag: "UnknownSku", skus: ["x"] }
      const replay: Placement = { _tag: "Replayed", order: orderOf(draft("earlier")) }
      yield* finish(1, Exit.succeed([placed(draft("a")), refusal, replay]))
      assert.strictEqual(idOf(yield* Fiber.join(a)), "a")
      assert.deepStrictEqual(yield* Fiber.join(b), refusal)
      assert.deepStrictEqual(yield* Fiber.join(c), replay)
    }).pipe(Effect.provide(layer))
  })

  it.effect("announces only placed orders, after the commit", () => {
    const { cached, finish, layer, sent } = makeHeldStore()
    return Effect.gen(function* () {
      yield* arrive("first")
      yield* arriveAll(["a", "b", "c"])
      assert.lengthOf(sent, 0)
      yield* finish(0)
      yield* finish(
        1,
        Exit.succeed([
          placed(draft("a")),
          { _tag: "UnknownSku", skus: [] },
          { _tag: "Replayed", order: orderOf(draft("earlier")) }
        ])
      )
      assert.deepStrictEqual(cached, ["first", "a"])
      assert.deepStrictEqual(
        sent.map(({ body }) => JSON.parse(body).orderId),
        ["first", "a"]
      )
    }).pipe(Effect.provide(layer))
  })

  it.effect("sends the trace context of each request with its order's message", () => {
    const { finish, layer, sent } = makeHeldStore()
    return Effect.gen(function* () {
      yield* arrive("first")
      const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
      yield* arrive("traced", { traceparent })
      yield* arrive("untraced")
      yield* finish(0)
      yield* finish(1)
      assert.deepStrictEqual(
        sent.map(({ traceparent }) => traceparent),
        ["", traceparent, ""]
      )
    }).pipe(Effect.provide(layer))
  })
})

describe("callers that are interrupted", () => {
  it.effect("are removed from the queue when their batch has not begun", () => {
    const { batches, finish, layer } = makeHeldStore()
    return Effect.gen(function* () {
      yield* arrive("first")
      const [gone] = yield* arriveAll(["gone", "here"])
      yield* Fiber.interrupt(Option.getOrThrow(Option.fromUndefinedOr(gone)))
      yield* finish(0)
      assert.deepStrictEqual(batches(), [["first"], ["here"]])
      yield* finish(1)
    }).pipe(Effect.provide(layer))
  })

  it.effect("do not stop a batch that has begun, and their orders are announced", () => {
    const { finish, layer, sent } = makeHeldStore()
    return Effect.gen(function* () {
      yield* arrive("first")
      const gone = yield* arrive("gone")
      const here = yield* arrive("here")
      yield* finish(0)
      yield* Fiber.interrupt(gone)
      yield* finish(1)
      assert.strictEqual(idOf(yield* Fiber.join(here)), "here")
      assert.lengthOf(sent, 3)
    }).pipe(Effect.provide(layer))
  })
})

describe("a full queue", () => {
  it.effect(
    "refuses the next caller immediately, and accepts one again when another is interrupted",
    () => {
      const { batches, finishAll, layer } = makeHeldStore()
      return Effect.gen(function* () {
        const { place } = yield* OrderBatcher
        yield* arrive("first")
        const callers = yield* Effect.forEach(range(maxWaiting, "order"), (id) =>
          Effect.forkChild(place(draft(id)), { startImmediately: true })
        )
        const refused = yield* Effect.flip(place(draft("late")))
        assert.strictEqual(refused._tag, "Overloaded")
        yield* Fiber.interrupt(Option.getOrThrow(Option.fromUndefinedOr(callers[0])))
        const next = yield* arrive("next")
        assert.isUndefined(next.pollUnsafe())
        assert.lengthOf(batches(), 1)
        yield* finishAll
        assert.strictEqual(idOf(yield* Fiber.join(next)), "next")
      }).pipe(Effect.provide(layer))
    }
  )
})

describe("a queue that does not move", () => {
  it.effect("refuses callers whose answer would be too late, unless their batch has begun", () => {
    const { batches, finish, layer } = makeHeldStore()
    return Effect.gen(function* () {
      const begun = yield* arrive("begun")
      const early = yield* arrive("early")
      yield* TestClock.adjust("2 seconds")
      const later = yield* arrive("later")
      yield* TestClock.adjust(`${maxWaitSeconds - 1} seconds`)
      assert.strictEqual((yield* Effect.flip(Fiber.join(early)))._tag, "Overloaded")
      assert.isUndefined(begun.pollUnsafe())
      assert.isUndefined(later.pollUnsafe())
      yield* finish(0)
      yield* finish(1)
      assert.strictEqual(idOf(yield* Fiber.join(begun)), "begun")
      assert.strictEqual(idOf(yield* Fiber.join(later)), "later")
      assert.deepStrictEqual(batches(), [["begun"], ["later"]])
    }).pipe(Effect.provide(layer))
  })
})

describe("a commit that fails", () => {
  it.effect("fails all of its batch as unavailable, and the next batch is tried", () => {
    const { finish, layer, sent } = makeHeldStore()
    return Effect.gen(function* () {
      yield* arrive("first")
      const callers = yield* arriveAll(["a", "b"])
      yield* finish(0)
      const error = new OrderStoreError({ operation: "place", cause: "away" })
      yield* finish(1, Exit.fail(error))
      for (const caller of callers)
        assert.strictEqual(yield* Effect.flip(Fiber.join(caller)), error)
      const next = yield* arrive("next")
      yield* finish(2)
      assert.strictEqual(idOf(yield* Fiber.join(next)), "next")
      assert.lengthOf(sent, 2)
    }).pipe(Effect.provide(layer))
  })

  it.effect("is a defect for all of its batch when it dies, and the next batch is tried", () => {
    const { finish, layer } = makeHeldStore()
    return Effect.gen(function* () {
      yield* arrive("first")
      const callers = yield* arriveAll(["a", "b"])
      yield* finish(0)
      yield* finish(1, Exit.die(new Error("a bug")))
      for (const caller of callers) {
        const exit = yield* Fiber.await(caller)
        assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
      }
      const next = yield* arrive("next")
      yield* finish(2)
      assert.strictEqual(idOf(yield* Fiber.join(next)), "next")
    }).pipe(Effect.provide(layer))
  })

  it.effect("is a defect only for the caller whose order can't be stored", () => {
    const { finish, layer } = makeHeldStore()
    return Effect.gen(function* () {
      yield* arrive("first")
      const bad = yield* arrive("bad")
      const good = yield* arrive("good")
      yield* finish(0)
      const defect = new Error("a bug")
      yield* finish(1, Exit.succeed([{ _tag: "Unplaceable", defect }, placed(draft("good"))]))
      const exit = yield* Fiber.await(bad)
      assert.strictEqual(Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined, defect)
      assert.strictEqual(idOf(yield* Fiber.join(good)), "good")
    }).pipe(Effect.provide(layer))
  })
})

describe("shutdown", () => {
  const open = Effect.fnUntraced(function* (layer: Layer.Layer<OrderBatcher>) {
    const scope = yield* Scope.make()
    const context = yield* Layer.buildWithScope(layer, scope)
    const close = Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
    return { context, close }
  })

  it.effect("commits waiting orders, and refuses later ones", () => {
    const { batches, finish, layer, sent } = makeHeldStore()
    return Effect.gen(function* () {
      const { close, context } = yield* open(layer)
      const [first, second] = yield* Effect.provideContext(
        Effect.all([arrive("first"), arrive("second")]),
        context
      )
      const closing = yield* close
      const late = yield* Effect.provideContext(arrive("late"), context)
      assert.strictEqual((yield* Effect.flip(Fiber.join(late)))._tag, "Overloaded")
      yield* finish(0)
      yield* finish(1)
      yield* Fiber.join(closing)
      assert.strictEqual(idOf(yield* Fiber.join(first)), "first")
      assert.strictEqual(idOf(yield* Fiber.join(second)), "second")
      assert.deepStrictEqual(batches(), [["first"], ["second"]])
      assert.lengthOf(sent, 2)
    })
  })

  it.effect("answers every caller in time, also when a commit hangs", () => {
    const { layer } = makeHeldStore()
    return Effect.gen(function* () {
      const { close, context } = yield* open(layer)
      const [committing, waiting] = yield* Effect.provideContext(
        Effect.all([arrive("committing"), arrive("waiting")]),
        context
      )
      const closing = yield* close
      yield* TestClock.adjust(`${shutdownSeconds} seconds`)
      yield* Fiber.join(closing)
      // Its commit may have happened: that is not "nothing was tried".
      assert.strictEqual((yield* Effect.flip(Fiber.join(committing)))._tag, "OrderStoreError")
      assert.strictEqual((yield* Effect.flip(Fiber.join(waiting)))._tag, "Overloaded")
    })
  })
})
