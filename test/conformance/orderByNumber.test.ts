// What an order that is asked for by its number costs: one read of the store.
import { Effect, Layer } from "effect"
import { assert, it } from "vitest"
import { OrderCache } from "../../src/services/orders/ports/OrderCache.ts"
import { OrderStore } from "../../src/services/orders/ports/OrderStore.ts"
import { intercept } from "../../src/testing/intercept.ts"
import { embedded } from "./embedded.ts"
import { openWorld } from "./world.ts"

it("an order is read by its number in one query, without the cache", async () => {
  const notAsked = () => Effect.die(new Error("not to be asked"))
  let reads = 0
  const override = Layer.merge(
    intercept(OrderCache, () => ({ get: notAsked })),
    intercept(OrderStore, ({ findByNumber }) => ({
      find: notAsked,
      findByNumber: (number) => {
        reads += 1
        return findByNumber(number)
      }
    }))
  )
  await using system = await embedded({ override })
  const { ada, admin, get, order, product } = await openWorld(system)
  const { json } = await order(ada, [{ sku: await product(1), quantity: 1 }])
  for (const { token } of [ada, admin]) {
    const answer = await get(`/api/orders/${json.number}`, { token })
    assert.deepStrictEqual([answer.status, answer.json], [200, json])
  }
  assert.strictEqual(reads, 2)
})
