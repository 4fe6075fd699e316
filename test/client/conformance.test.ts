// The client against the API itself: every answer that it is typed by is one that the API gives.
import { assert, beforeAll, describe, it, vi } from "vitest"
import { type Client, inMemory, isProblem, items, type Kept } from "../../src/entries/client.ts"
import { startSystem, type TestSystem } from "../../src/entries/testing.ts"

const rejected = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => assert.fail("it succeeded"),
    (error: unknown) => error
  )

describe("the client", () => {
  let system: TestSystem
  let admin: Client
  beforeAll(async () => {
    system = await startSystem()
    admin = await system.signUp("admin@example.com", { role: "admin" })
    return () => system[Symbol.asyncDispose]()
  })

  it("walks from a registration to an order that is settled and mailed", async () => {
    const client = system.client()
    const email = "walker@example.com"
    const password = "correct horse battery"
    const { verificationId } = await client.register({ email, password, name: "Walker" })
    // It goes out behind the answer.
    const mail = await vi.waitFor(async () => {
      const [newest] = await system.mails(email)
      if (newest === undefined) throw new Error("no mail yet")
      return newest
    })
    const otp = mail.text.match(/\b\d{6}\b/u)?.[0] ?? ""
    assert.strictEqual((await client.verifyOtp({ verificationId, otp })).user.email, email)
    await client.login({ email, password })
    assert.strictEqual((await client.me()).user.name, "Walker")
    const order = await client.placeOrder({ items: [{ sku: "kettle", quantity: 2 }] })
    const seen: Array<string> = []
    for await (const { data } of client.events(order.id)) seen.push(data.status)
    assert.deepStrictEqual(seen, ["pending", "confirmed"])
    assert.strictEqual((await client.getOrder({ id: order.number })).confirmation.state, "sent")
    const subjects = (await system.mails(email)).map(({ subject }) => subject)
    assert.include(subjects, `Your order ${order.number} is confirmed`)
    const cancelled = await client.cancelOrder({ id: order.id, reason: "ordered twice" })
    assert.strictEqual(cancelled.status, "cancelled")
    await client.logout()
    assert.isTrue(isProblem(await rejected(client.me()), "unauthorized"))
  })

  it("makes one refresh for concurrent calls, and the session stays alive", async () => {
    const refreshes: Array<string> = []
    const kept = inMemory()
    const user = await system.signUp("tabs@example.com")
    assert.isObject(await user.me())
    const client = system.client({
      store: kept,
      fetch: (request) => {
        if (request.url.endsWith("/refresh")) refreshes.push(request.url)
        return system.fetch(request)
      }
    })
    await client.login({ email: "tabs@example.com", password: "correct horse battery staple" })
    for (const round of [1, 2, 3]) {
      const now = (await kept.load()) as Kept
      if (now.tokens === undefined) return assert.fail("nothing is kept")
      // As if it had been issued long ago.
      await kept.save({ ...now, tokens: { ...now.tokens, expiresAt: 0 } })
      await Promise.all(Array.from({ length: 20 }, () => client.me()))
      assert.strictEqual(refreshes.length, round)
    }
    return undefined
  })

  it("reads lists to their end", async () => {
    const skus: Array<string> = []
    for await (const { sku } of items(admin.listProducts, { limit: 2 })) skus.push(sku)
    assert.deepStrictEqual(skus, ["coffee-1kg", "filter-100", "grinder", "kettle", "mug-blue"])
    const reasons: Array<string> = []
    for await (const { reason } of items(admin.listMovements, { sku: "grinder", limit: 1 }))
      reasons.push(reason)
    assert.deepStrictEqual(reasons, ["seed"])
  })

  it("moves stock once for a request that was sent twice, and reports a shortage", async () => {
    await admin.putProduct({ sku: "rare", name: "Rare", unitPrice: 100, currency: "EUR" })
    const delivery = { sku: "rare", delta: 3, reason: "delivery" }
    for (const _ of [1, 2])
      assert.strictEqual(
        (await admin.adjustStock(delivery, { idempotencyKey: "delivery-1" })).available,
        3
      )
    const error = await rejected(admin.placeOrder({ items: [{ sku: "rare", quantity: 5 }] }))
    if (!isProblem(error, "out_of_stock")) return assert.fail(String(error))
    assert.deepStrictEqual(error.problem.items, [{ sku: "rare", requested: 5, available: 3 }])
    const invalid = await rejected(admin.placeOrder({ items: [] }))
    if (!isProblem(invalid, "invalid_request")) return assert.fail(String(invalid))
    assert.strictEqual(invalid.problem.errors[0]?.path, "body.items")
    return undefined
  })

  it("calls the operators' endpoints", async () => {
    assert.isAbove((await admin.overview({ lowStock: 5 })).orders.total, -1)
    const [found] = (await admin.searchUsers({ email: "admin@" })).items
    assert.strictEqual(found?.role, "admin")
    assert.deepStrictEqual((await admin.redriveDeadLetters({})).matched, 0)
    const details = await admin.showUser({ id: found?.id ?? "" })
    assert.isAtLeast(details.sessions.length, 1)
    assert.isAtLeast((await admin.mailbox()).length, 0)
  })

  it("ends a call with its signal", async () => {
    const reason = new Error("the page was left")
    const error = await rejected(admin.me({}, { signal: AbortSignal.abort(reason) }))
    assert.strictEqual(error, reason)
  })
})
