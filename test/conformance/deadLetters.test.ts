// Dead letters through the API, where a test can make some.
import { Effect } from "effect"
import { assert, describe, it } from "vitest"
import { OrderId } from "../../src/services/ids.ts"
import { DeadLetters, DeadLettersError } from "../../src/services/orders/ports/DeadLetters.ts"
import { OrderQueue, OrderQueueError } from "../../src/services/orders/ports/OrderQueue.ts"
import { OrderStore } from "../../src/services/orders/ports/OrderStore.ts"
import { placedMessage } from "../../src/services/orders/steps/announce.ts"
import { now } from "../../src/services/time.ts"
import { intercept } from "../../src/testing/intercept.ts"
import { type Embedded, embedded } from "./embedded.ts"
import { expectProblem, openWorld } from "./world.ts"

const receive = OrderQueue.use((queue) =>
  queue.receive({ max: 10, waitSeconds: 0, visibilitySeconds: 60 })
)

/** Empties the queue into the dead-letter queue. */
const kill = (system: Embedded, reason: string) =>
  system.run(
    Effect.gen(function* () {
      const queue = yield* OrderQueue
      for (const delivery of yield* receive) yield* queue.deadLetter(delivery, reason)
    })
  )

const send = (system: Embedded, body: string) =>
  system.run(OrderQueue.use((queue) => queue.send([{ body, traceparent: "" }])))

const listed = "/api/admin/dead-letters"

it("lists them with the state of their orders, redrives one and drops the rest", async () => {
  await using system = await embedded()
  const world = await openWorld(system)
  const { ada, admin, product, order, get, post } = world
  const { token } = admin
  const { id } = (await order(ada, [{ sku: await product(1), quantity: 1 }])).json
  // The message follows the answer.
  while ((await get(listed, { token })).json.items.length === 0) await kill(system, "it failed")
  await send(system, `${"not an order ".repeat(200)}`)
  await send(system, placedMessage(OrderId.make("nobody's"), "").body)
  await kill(system, "nobody knows it")

  const { items } = (await get(listed, { token })).json
  assert.deepStrictEqual(
    items.map(({ orderId, orderStatus, reason }: Record<string, unknown>) => [
      orderId,
      orderStatus,
      reason
    ]),
    [
      [id, "pending", "it failed"],
      [null, null, "nobody knows it"],
      ["nobody's", null, "nobody knows it"]
    ]
  )
  assert.strictEqual(items[1].body.length, 1000)
  assert.strictEqual((await get(`${listed}?limit=2`, { token })).json.items.length, 2)

  const one = { ids: [items[0].messageId] }
  const redriven = await post(`${listed}/redrive`, one, { token })
  assert.deepStrictEqual(redriven.json, { matched: 1, notFound: [], complete: true })
  assert.deepStrictEqual(
    (await system.run(receive)).map(({ body }) => body),
    [placedMessage(id, "").body]
  )
  const dropped = await post(`${listed}/drop`, {}, { token })
  assert.deepStrictEqual(dropped.json, { matched: 2, notFound: [], complete: true })
  assert.deepStrictEqual((await get(listed, { token })).json.items, [])
  assert.deepStrictEqual(await system.run(receive), [])
})

it("redrives all when no ids are given", async () => {
  await using system = await embedded()
  const { admin, get, post } = await openWorld(system)
  const { token } = admin
  await send(system, "one")
  await send(system, "two")
  await kill(system, "it failed")
  const redriven = await post(`${listed}/redrive`, {}, { token })
  assert.deepStrictEqual(redriven.json, { matched: 2, notFound: [], complete: true })
  assert.strictEqual((await system.run(receive)).length, 2)
  assert.deepStrictEqual((await get(listed, { token })).json.items, [])
})

it("lists one whose order cannot be read", async () => {
  const override = intercept(OrderStore, () => ({ find: () => Effect.die(new Error("corrupt")) }))
  await using system = await embedded({ override })
  const { admin, get } = await openWorld(system)
  await send(system, placedMessage(OrderId.make("corrupt"), "").body)
  await kill(system, "it failed")
  const { status, json } = await get(listed, { token: admin.token })
  assert.strictEqual(status, 200)
  assert.deepInclude(json.items[0], { orderId: "corrupt", orderStatus: null })
})

it("answers 503 with Retry-After while the queue is away", async () => {
  const away = (operation: "list" | "redrive" | "drop") => () =>
    Effect.fail(
      new DeadLettersError({ operation, reason: "unavailable", cause: new Error("s3cret") })
    )
  const override = intercept(DeadLetters, () => ({
    list: away("list"),
    redrive: away("redrive"),
    drop: away("drop")
  }))
  await using system = await embedded({ override })
  const { admin, call } = await openWorld(system)
  const { token } = admin
  for (const answer of [
    await call("GET", listed, { token }),
    await call("POST", `${listed}/redrive`, { token, json: {} }),
    await call("POST", `${listed}/drop`, { token, json: {} })
  ]) {
    expectProblem(answer, 503, "unavailable")
    assert.match(answer.headers.get("retry-after") ?? "", /^[1-9]\d*$/u)
    assert.notInclude(answer.text, "s3cret")
  }
})

describe("the overview", () => {
  const queuesOf = async (system: Embedded) => {
    const { admin, get } = await openWorld(system)
    const { status, json, text } = await get("/api/admin/overview", { token: admin.token })
    assert.strictEqual(status, 200, text)
    return json.queues
  }

  it("counts waiting messages and dead letters", async () => {
    await using system = await embedded()
    await send(system, "one")
    await send(system, "two")
    await kill(system, "it failed")
    await send(system, "three")
    assert.deepStrictEqual(await queuesOf(system), {
      orders: { messages: { visible: 1, inFlight: 0, delayed: 0 }, problem: null },
      deadLetters: { messages: { visible: 2, inFlight: 0, delayed: 0 }, problem: null }
    })
  })

  it("says why a queue could not be read, and has everything else", async () => {
    const override = intercept(OrderQueue, ({ count }) => ({
      count: (queue) =>
        queue === "orders"
          ? count(queue)
          : Effect.fail(
              new OrderQueueError({
                ...{ operation: "count", reason: "denied" },
                cause: new Error("s3cret")
              })
            )
    }))
    await using system = await embedded({ override })
    assert.deepStrictEqual(await queuesOf(system), {
      orders: { messages: { visible: 0, inFlight: 0, delayed: 0 }, problem: null },
      deadLetters: {
        messages: null,
        problem: "the queue refuses this process, or is not there"
      }
    })
  })
})

it("makes a mail due now, without a message, when it is to be sent again", async () => {
  await using system = await embedded()
  const { ada, admin, product, order, post } = await openWorld(system)
  const { id } = (await order(ada, [{ sku: await product(1), quantity: 1 }])).json
  assert.strictEqual((await system.run(receive)).length, 1)
  await system.settle(id)
  const path = `/api/admin/orders/${id}/resend-confirmation`
  assert.strictEqual((await post(path, undefined, { token: admin.token })).status, 200)
  const due = await system.run(
    Effect.flatMap(now, (at) => OrderStore.use((store) => store.findDueMails(at, 10)))
  )
  assert.deepStrictEqual(
    due.map(({ orderId }) => orderId),
    [id]
  )
  assert.deepStrictEqual(await system.run(receive), [])
})
