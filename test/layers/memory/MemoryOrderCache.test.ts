import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { TestClock } from "effect/testing"
import * as MemoryOrderCache from "../../../src/layers/memory/MemoryOrderCache.ts"
import { OrderCache } from "../../../src/services/orders/ports/OrderCache.ts"
import { anOrder, orderCacheContract } from "../../contract/orderCache.ts"
import { orderChangesContract } from "../../contract/orderChanges.ts"

orderCacheContract("OrderCache in memory", {
  layer: MemoryOrderCache.layer(),
  pass: (seconds) => TestClock.adjust(seconds * 1000)
})

orderChangesContract("OrderChanges in memory", MemoryOrderCache.layer())

describe("MemoryOrderCache", () => {
  it.effect("holds no more than its capacity: the entry that was written first is removed", () =>
    Effect.gen(function* () {
      const cache = yield* OrderCache
      const [a, b, c] = [anOrder(), anOrder(), anOrder()]
      yield* cache.put([a, b, { ...a, version: 2 }, c])
      assert.isTrue(Option.isSome(yield* cache.get(a.id)))
      assert.isTrue(Option.isNone(yield* cache.get(b.id)))
      assert.isTrue(Option.isSome(yield* cache.get(c.id)))
    }).pipe(Effect.provide(MemoryOrderCache.layer({ capacity: 2 })))
  )
})
