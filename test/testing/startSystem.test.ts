// What an engineer's own tests stand on: a system of their own, faults, a clock, and a mailbox.
import { Option } from "effect"
import { assert, describe, it } from "vitest"
import { SessionId, UserId } from "../../src/services/ids.ts"
import { placeOrder } from "../../src/services/orders/placeOrder.ts"
import { OrderQueue, OrderQueueError } from "../../src/services/orders/ports/OrderQueue.ts"
import { intercept } from "../../src/testing/intercept.ts"
import { outageOf } from "../../src/testing/outage.ts"
import { startSystem } from "../../src/testing/startSystem.ts"

const queueOutage = () =>
  outageOf(
    OrderQueue,
    (operation) => new OrderQueueError({ operation, reason: "unavailable", cause: "away" })
  )

describe("a system for tests", () => {
  it("confirms an order whose message was lost after time passes, and mails it", async () => {
    const { outage, layer } = queueOutage()
    await using system = await startSystem({ override: layer, time: "stopped" })
    const ada = await system.signUp("ada@example.com")
    outage.away = true
    const { id, number, createdAt } = await ada.placeOrder({
      items: [{ sku: "kettle", quantity: 1 }]
    })
    assert.strictEqual(createdAt, "1970-01-01T00:00:00.000Z")
    assert.strictEqual((await ada.getOrder({ id })).status, "pending")
    await system.pass(120)
    assert.strictEqual((await ada.getOrder({ id })).status, "confirmed")
    const [mail] = await system.mails("ada@example.com")
    assert.strictEqual(mail?.subject, `Your order ${number} is confirmed`)
    assert.deepStrictEqual(await system.mails("bob@example.com"), [])
  })

  it("shares nothing with another one", async () => {
    await using one = await startSystem()
    await using other = await startSystem()
    const ada = await one.signUp("ada@example.com")
    await ada.placeOrder({ items: [{ sku: "kettle", quantity: 25 }] })
    assert.strictEqual((await ada.getProduct({ sku: "kettle" })).available, 0)
    assert.strictEqual((await other.client().getProduct({ sku: "kettle" })).available, 25)
  })

  it("has the requested limits", async () => {
    await using system = await startSystem({ rateLimitFactor: 0.01 })
    const client = system.client({ attempts: 1 })
    const codes: Array<string> = []
    for (let i = 0; i < 8; i++)
      await client
        .listProducts()
        .catch((error: { readonly code: string }) => codes.push(error.code))
    assert.deepStrictEqual(codes, ["rate_limited", "rate_limited"])
  })

  it("runs use cases on its ports", async () => {
    await using system = await startSystem()
    const principal = {
      userId: UserId.make("ada"),
      sessionId: SessionId.make("session"),
      role: "user"
    } as const
    const { order } = await system.run(
      placeOrder(principal, {
        lines: [{ sku: "mug-blue", quantity: 2 }],
        idempotencyKey: Option.none()
      })
    )
    assert.strictEqual(order.status, "pending")
  })

  it("lets a test observe the calls of a port", async () => {
    const seen: Array<string> = []
    const override = intercept(OrderQueue, (real) => ({
      send: (messages) => {
        seen.push(...messages.map(({ body }) => body))
        return real.send(messages)
      }
    }))
    await using system = await startSystem({ override })
    const ada = await system.signUp("ada@example.com")
    const { id } = await ada.placeOrder({ items: [{ sku: "kettle", quantity: 1 }] })
    for await (const _ of ada.events(id));
    assert.strictEqual(seen.filter((body) => body.includes(id)).length, 1)
  })
})
