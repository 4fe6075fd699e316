// What every OrderChanges owes to who watches an order, by what is put into the OrderCache.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, type Layer, Queue, Scope } from "effect"
import type { OrderId } from "../../src/services/ids.ts"
import { OrderCache } from "../../src/services/orders/ports/OrderCache.ts"
import { OrderChanges, unknownVersion } from "../../src/services/orders/ports/OrderChanges.ts"
import { anOrder } from "./orderCache.ts"

/** A watch that has begun: the words that come from then on. */
export const watching = Effect.fnUntraced(function* (id: OrderId) {
  const words = yield* Queue.unbounded<number>()
  yield* OrderChanges.use((changes) =>
    changes.watch(id, (version) => Queue.offerUnsafe(words, version))
  )
  assert.strictEqual(yield* Queue.take(words), unknownVersion)
  return { next: Queue.take(words) }
})

export const orderChangesContract = (
  name: string,
  layer: Layer.Layer<OrderCache | OrderChanges>
): void => {
  const put = (id: OrderId, ...versions: ReadonlyArray<number>) =>
    OrderCache.use((cache) => cache.put(versions.map((version) => anOrder({ id, version }))))

  describe(name, () => {
    it.effect("tells a watcher of each newer version, and of no other", () =>
      Effect.gen(function* () {
        const [order, other] = [anOrder(), anOrder()]
        yield* put(order.id, 1)
        const words = yield* watching(order.id)
        yield* put(other.id, 2)
        yield* put(order.id, 2)
        // Neither an older one nor the same again.
        yield* put(order.id, 1)
        yield* put(order.id, 2)
        yield* put(order.id, 5)
        assert.deepStrictEqual([yield* words.next, yield* words.next], [2, 5])
      }).pipe(Effect.provide(layer))
    )

    it.effect("tells each watcher of an order until its scope closes", () =>
      Effect.gen(function* () {
        const { id } = anOrder()
        const scope = yield* Scope.make()
        const first = yield* Scope.provide(watching(id), scope)
        const second = yield* watching(id)
        yield* put(id, 2)
        assert.deepStrictEqual([yield* first.next, yield* second.next], [2, 2])
        yield* Scope.close(scope, Exit.void)
        yield* put(id, 3)
        assert.strictEqual(yield* second.next, 3)
        const third = yield* watching(id)
        yield* put(id, 4)
        assert.deepStrictEqual([yield* second.next, yield* third.next], [4, 4])
      }).pipe(Effect.provide(layer))
    )

    it.effect("tells a new watcher after the last one has left", () =>
      Effect.gen(function* () {
        const { id } = anOrder()
        for (const version of [2, 3, 4]) {
          const scope = yield* Scope.make()
          const words = yield* Scope.provide(watching(id), scope)
          yield* put(id, version)
          assert.strictEqual(yield* words.next, version)
          yield* Scope.close(scope, Exit.void)
        }
      }).pipe(Effect.provide(layer))
    )

    it.effect("tells the watchers of many orders", () =>
      Effect.gen(function* () {
        const orders = Array.from({ length: 60 }, () => anOrder())
        const watched = yield* Effect.forEach(orders, ({ id }) => watching(id), {
          concurrency: "unbounded"
        })
        yield* Effect.forEach(orders, ({ id }, i) => put(id, i + 2))
        const words = yield* Effect.forEach(watched, ({ next }) => next)
        assert.deepStrictEqual(
          words,
          orders.map((_, i) => i + 2)
        )
      }).pipe(Effect.provide(layer))
    )
  })
}
