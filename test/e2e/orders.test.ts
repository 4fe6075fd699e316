// End to end, over process boundaries and real services: what docs/architecture.md guarantees of orders.
import { afterAll, beforeAll, expect, it } from "vitest"
import { makeClient, shopAt } from "../../tools/harness/client.ts"
import { stockUp } from "../../tools/harness/setUp.ts"
import { type System, startSystem } from "../../tools/harness/system.ts"
import { until } from "../../tools/harness/until.ts"
import { describeWith } from "../suite.ts"

describeWith(["mongo", "sqs", "ses"], "orders, three APIs and a worker", (services) => {
  let system: System
  let urls: ReadonlyArray<string>
  /** The last test kills it. */
  let doomed: Awaited<ReturnType<System["startApi"]>>
  let admin: Awaited<ReturnType<System["signUp"]>>

  beforeAll(async () => {
    system = await startSystem(services)
    const [first, second, third] = await Promise.all([
      system.startApi(),
      system.startApi(),
      system.startApi()
    ])
    await system.startWorker()
    urls = [first.url, second.url, third.url]
    doomed = third
    admin = await system.signUp(url(0), "admin", "admin")
  })
  afterAll(() => system?.stop())

  const url = (i: number): string => urls[i % urls.length] ?? ""
  const stock = (sku: string, pieces: number): Promise<void> =>
    stockUp(admin.client, { [sku]: pieces })
  const clientAt = (who: { tokens: { accessToken: string } }, i: number) =>
    makeClient(url(i), who.tokens.accessToken)

  it("work from registration to the mail, and back to full stock", async () => {
    await stock("walk", 5)
    const buyer = await system.signUp(url(0), "walker")
    const order = await buyer.shop.placeOrder({
      items: [
        { sku: "walk", quantity: 1 },
        { sku: "walk", quantity: 1 }
      ]
    })
    expect(order).toMatchObject({ status: "pending", total: 500, version: 1 })
    // They end once it is mailed.
    const statuses: Array<string> = []
    for await (const { data } of buyer.shop.events(order.id)) statuses.push(data.status)
    expect(statuses).toEqual(["pending", "confirmed"])
    const settled = await buyer.client.get(`/api/orders/${order.id}`)
    expect(settled.body).toMatchObject({ status: "confirmed", confirmation: { state: "sent" } })
    expect(settled.headers.get("x-cache")).toBe("hit")
    const mails = await system.mails.inbox({ to: buyer.email, atLeast: 2 })
    expect(mails.filter(({ text }) => text?.includes(order.number))).toHaveLength(1)
    const cancelled = await shopAt(url(1), buyer.tokens).cancelOrder({ id: order.id })
    expect(cancelled.status).toBe("cancelled")
    expect((await buyer.shop.getProduct({ sku: "walk" })).available).toBe(5)
  })

  it.each([1, 3])("sell exactly 40 pieces to 160 concurrent buyers at %i APIs", async (apis) => {
    const sku = `rush-${apis}`
    await stock(sku, 40)
    const buyer = await system.signUp(url(0), sku)
    const answers = await Promise.all(
      Array.from({ length: 160 }, (_, i) =>
        clientAt(buyer, i % apis).post("/api/orders", { items: [{ sku, quantity: 1 }] })
      )
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(40)
    const refused = answers.filter(({ status }) => status === 409)
    expect(refused).toHaveLength(120)
    for (const { body } of refused) expect(body.code).toBe("out_of_stock")
    const audit = await system.cli("stock", "audit")
    expect(audit).toMatchObject({ code: 0 })
    expect(audit.output).toContain(sku)
  })

  it("create one order for 12 concurrent requests with one key at two APIs", async () => {
    await stock("twins", 50)
    const buyer = await system.signUp(url(0), "twins")
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        clientAt(buyer, i % 2).post(
          "/api/orders",
          { items: [{ sku: "twins", quantity: 1 }] },
          { "idempotency-key": "one" }
        )
      )
    )
    for (const { status } of answers) expect(status).toBe(201)
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
    const replayed = answers.filter(({ headers }) => headers.get("idempotency-replayed") === "true")
    expect(replayed).toHaveLength(11)
    expect((await buyer.client.get("/api/products/twins")).body.available).toBe(49)
  })

  it("show an order to no other user, cached or not", async () => {
    await stock("private", 5)
    const owner = await system.signUp(url(0), "owner")
    const other = await system.signUp(url(0), "other")
    const { headers } = await owner.client.post("/api/orders", {
      items: [{ sku: "private", quantity: 1 }]
    })
    const path = headers.get("location") ?? ""
    await until(
      "cached",
      () => owner.client.get(path),
      (answer) => answer.headers.get("x-cache") === "hit"
    )
    const refused = await other.client.get(path)
    expect(refused.status).toBe(404)
    expect(refused.body.code).toBe("not_found")
    expect((await admin.client.get(path)).status).toBe(200)
  })

  it("are placed once for a client that repeats its requests after their API was killed", async () => {
    const pieces = 100_000
    await stock("killed", pieces)
    const buyer = await system.signUp(url(0), "killed")
    const place = async (baseUrl: string, key: string) => {
      const client = makeClient(baseUrl, buyer.tokens.accessToken)
      const items = [{ sku: "killed", quantity: 1 }]
      return client.post("/api/orders", { items }, { "idempotency-key": key })
    }
    /** What the client knows of each request: the id of its order, or nothing. */
    const known = new Map<string, string | undefined>()
    const buy = async (who: number): Promise<void> => {
      for (let i = 0; ; i++) {
        const key = `${who}-${i}`
        const answer = await place(doomed.url, key).catch(() => undefined)
        known.set(key, answer?.status === 201 ? answer.body.id : undefined)
        if (answer === undefined) return
      }
    }
    const buying = Promise.all(Array.from({ length: 8 }, (_, who) => buy(who)))
    await expect.poll(() => known.size, { timeout: 15_000 }).toBeGreaterThan(50)
    doomed.program.signal("SIGKILL")
    await buying

    const ids = new Set<string>()
    for (const [key, id] of known) {
      const { status, body } = await place(url(0), key)
      expect(status).toBe(201)
      if (id !== undefined) expect(body.id).toBe(id)
      ids.add(body.id)
    }
    expect(ids.size).toBe(known.size)
    const { available } = (await buyer.client.get("/api/products/killed")).body
    expect(available).toBe(pieces - known.size)
  })
})
