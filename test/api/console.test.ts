// What pages of the console ask of the database, and how much of it they show.
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { assert, it } from "vitest"
import { OrderId } from "../../src/services/ids.ts"
import { OrderQueue, OrderQueueError } from "../../src/services/orders/ports/OrderQueue.ts"
import { OrderSearch, OrderSearchError } from "../../src/services/orders/ports/OrderSearch.ts"
import { OrderStore } from "../../src/services/orders/ports/OrderStore.ts"
import { now } from "../../src/services/time.ts"
import { intercept } from "../../src/testing/intercept.ts"
import { embedded } from "../conformance/embedded.ts"
import { loggedIn } from "../conformance/visitor.ts"
import { openWorld } from "../conformance/world.ts"

it("counts at most once a second for all readers, and again after a failed count", async () => {
  let counts = 0
  let fails = false
  const counted = intercept(OrderSearch, (real) => ({
    count: (at, limit) =>
      Effect.suspend(() => {
        counts += 1
        return fails
          ? Effect.fail(new OrderSearchError({ operation: "count", cause: "away" }))
          : real.count(at, limit)
      })
  }))
  await using system = await embedded({
    override: counted.pipe(Layer.provideMerge(TestClock.layer()))
  })
  const [one, other] = [await loggedIn(system, system.admin), await loggedIn(system, system.admin)]
  await one.get("/console/now")
  await other.get("/console")
  assert.strictEqual(counts, 1)
  await system.run(TestClock.adjust("999 millis"))
  await other.get("/console/now")
  assert.strictEqual(counts, 1)
  await system.run(TestClock.adjust("1 millis"))
  fails = true
  assert.strictEqual((await one.get("/console/now")).status, 503)
  fails = false
  assert.strictEqual((await one.get("/console/now")).status, 200)
  assert.strictEqual(counts, 3)
})

it("the overview shows the message counts of both queues, and does not wait for them", async () => {
  const denied = new OrderQueueError({ operation: "count", reason: "denied", cause: "s3cret" })
  const shown = async (isStuck: boolean) => {
    const override = intercept(OrderQueue, () => ({
      count: (queue) => {
        if (isStuck) return Effect.never
        return queue === "orders"
          ? Effect.succeed({ visible: 7, inFlight: 2, delayed: 0 })
          : Effect.fail(denied)
      }
    }))
    await using system = await embedded({ override })
    const { status, text } = await (await loggedIn(system, system.admin)).get("/console/now")
    assert.strictEqual(status, 200)
    return text.replace(/<[^>]*>/gu, "")
  }
  const told = await shown(false)
  assert.include(told, "Order queue: about 9 messages")
  assert.include(told, "Dead letters: not known (the queue refuses this process, or is not there)")
  assert.include(await shown(true), "They are being asked.")
})

it("the list of orders begins with ten that need attention, and a link to all of them", async () => {
  await using system = await embedded()
  const { ada, order, product } = await openWorld(system)
  const sku = await product(20)
  const flag = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const { id } = (await order(ada, [{ sku, quantity: 1 }])).json
      await system.run(
        Effect.gen(function* () {
          const store = yield* OrderStore
          yield* store.flagAttention([OrderId.make(id)], "it fails", yield* now)
        })
      )
    }
  }
  const admin = await loggedIn(system, system.admin)
  const urgent = async () => {
    const { text } = await admin.get("/console/orders")
    const [, section = ""] = /<h2>Need attention<\/h2>(.*?)<\/section>/su.exec(text) ?? []
    return { section, rows: section.split(">needs attention<").length - 1 }
  }
  await flag(10)
  const ten = await urgent()
  assert.strictEqual(ten.rows, 10)
  assert.notInclude(ten.section, "All that need attention")
  await flag(1)
  const eleven = await urgent()
  assert.strictEqual(eleven.rows, 10)
  const [, path = ""] = /href="([^"]*)">All that need attention/u.exec(eleven.section) ?? []
  const all = (await admin.get(path.replaceAll("&amp;", "&"))).text
  assert.strictEqual(all.split(">needs attention<").length - 1, 11)
})
