// The API while a dependency is down (its port refuses) or frozen (it accepts and never answers).
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import type { JsonAnswer } from "../../tools/harness/client.ts"
import { watchHealth } from "../../tools/harness/load.ts"
import { type SqsService, startSqs } from "../../tools/harness/sqs.ts"
import { until } from "../../tools/harness/until.ts"
import { describeWith } from "../suite.ts"
import { order, type Shop, startShop } from "./shop.ts"

const timed = async (ask: Promise<JsonAnswer>) => {
  const began = performance.now()
  const answer = await ask
  return { ...answer, ms: performance.now() - began }
}

describeWith(["ses"], "the API", ({ ses }) => {
  let shop: Shop
  let sqs: SqsService
  let health: ReturnType<typeof watchHealth>
  beforeAll(async () => {
    sqs = await startSqs()
    shop = await startShop({ sqs: sqs.address, ses })
    health = watchHealth(shop.url)
  })
  afterEach(async () => {
    const { statuses, worstMs } = await health.stop()
    health = watchHealth(shop.url)
    expect(statuses).toEqual([200])
    expect(worstMs).toBeLessThan(2000)
  })
  afterAll(async () => {
    await health?.stop()
    await shop?.stop()
    await sqs?.stop()
  })

  const place = () => timed(shop.buyer.client.post(order.path, order.body))
  const read = (id: string) => timed(shop.buyer.client.get(`/api/orders/${id}`))
  const ready = () => timed(shop.buyer.client.get("/readyz"))
  /** What it says of a dependency may be a second old. */
  const readyOnceIts = (status: number | string) =>
    until(`readiness of ${status}`, ready, ({ body }) => body.status === status, 4000)

  const ways = ["crash", "freeze"] as const
  const away = async (way: (typeof ways)[number], node: Shop["node"]) =>
    way === "crash" ? await node.crash() : node.freeze()
  const back = async (way: (typeof ways)[number], node: Shop["node"]) =>
    way === "crash" ? await node.restart() : node.thaw()

  describe.each(ways)("when Redis becomes unavailable by %s", (way) => {
    it("places and reads orders without it, and uses it again when it is back", async () => {
      await away(way, shop.system.redis)
      // Until the circuit opens each command may take its deadline, and a request has up to three.
      const first = await place()
      const id = first.body.id
      const early = [first, await read(id), await read(id)]
      const later = [await place(), await read(id), await place(), await read(id)]
      for (const { status, ms } of [...early, ...later]) {
        expect(status).toBeLessThan(300)
        expect(ms).toBeLessThan(1500)
      }
      for (const { ms } of later) expect(ms).toBeLessThan(900)
      for (const read of [early[1], later[1], later[3]])
        expect(read?.headers.get("x-cache")).toBe("bypass")
      expect((await readyOnceIts("degraded")).body).toMatchObject({
        dependencies: { redis: { ready: false, required: false } }
      })

      await back(way, shop.system.redis)
      const hit = await until(
        "the cache is used",
        () => read(id),
        ({ headers }) => headers.get("x-cache") === "hit",
        10_000
      )
      expect(hit.body).toEqual(first.body)
    })
  })

  describe.each(ways)("when MongoDB becomes unavailable by %s", (way) => {
    it("refuses within the deadline, and serves again when it is back", async () => {
      const { body } = await place()
      await away(way, shop.node)
      const asked = [place(), timed(shop.buyer.client.get("/api/orders")), read("0".repeat(32))]
      const unready = await readyOnceIts(503)
      expect(unready.ms).toBeLessThan(3000)
      expect(unready.body.dependencies.mongo).toMatchObject({ ready: false, required: true })
      for (const { status, headers, body, ms } of await Promise.all(asked)) {
        expect([status, body.code]).toEqual([503, "unavailable"])
        expect(headers.get("retry-after")).toMatch(/^[1-9]\d*$/u)
        expect(ms).toBeLessThan(10_000)
      }

      await back(way, shop.node)
      await until("ready", ready, ({ status }) => status === 200)
      expect((await place()).status).toBe(201)
      expect((await read(body.id)).status).toBe(200)
    })
  })

  describe.each(ways)("when SQS becomes unavailable by %s", (way) => {
    it("places orders as quickly as before", async () => {
      await away(way, sqs.node)
      for (let i = 0; i < 5; i++) {
        const { status, ms } = await place()
        expect(status).toBe(201)
        expect(ms).toBeLessThan(1000)
      }
      expect((await readyOnceIts("degraded")).body).toMatchObject({
        dependencies: { sqs: { ready: false, required: false } }
      })
      await back(way, sqs.node)
    })
  })
})
