// The peers do what they are compared for, and owe it as this system does: on real services, as processes.

import { Redis } from "ioredis"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as z from "zod"
import { Order as OrderOfTheSystem } from "../../../src/api/contract/orders.ts"
import { orderMessage, type RunningApi, startApi } from "../../../tools/bench/contestant.ts"
import { seed } from "../../../tools/bench/peers/seed.ts"
import { describeWith } from "../../suite.ts"
import { openStage, type Stage } from "./stage.ts"

/** Ids are each one's own, and peers give no numbers. */
const Order = OrderOfTheSystem.omit({ number: true }).extend({ id: z.string(), userId: z.string() })

const withPlugins = "tools/bench/peers/fastify/pluginsApi.ts"
const apis = [
  ["Express", "tools/bench/peers/express/api.ts"],
  ["Fastify", "tools/bench/peers/fastify/api.ts"],
  ["Fastify with plugins", withPlugins]
] as const

describeWith(["mongo", "redis", "sqs", "ses"], "the API of a peer", (addresses) => {
  describe.each(apis)("on %s", (_name, program) => {
    let stage: Stage
    let api: RunningApi

    beforeAll(async () => {
      stage = await openStage(addresses, seed)
      api = await startApi([program], stage.env)
    })
    afterAll(async () => {
      await api.stop()
      await stage.close()
    })

    const get = (path: string, token?: string) =>
      fetch(`${api.url}${path}`, {
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` }
      })
    const post = (body: unknown, token: string) =>
      fetch(`${api.url}/api/orders`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify(body)
      })
    const place = async (items: ReadonlyArray<object>) => {
      const answer = await post({ items }, stage.token)
      return {
        status: answer.status,
        order: answer.ok ? Order.parse(await answer.json()) : undefined
      }
    }

    it("places an order: stored, its stock taken, its message sent", async () => {
      const { status, order } = await place([
        { sku: "plenty", quantity: 2 },
        { sku: "some", quantity: 3 },
        { sku: "plenty", quantity: 1 }
      ])
      expect(status).toBe(201)
      expect(order).toMatchObject({
        userId: stage.owner.id,
        status: "pending",
        items: [
          { sku: "plenty", name: "Name of plenty", quantity: 3, unitPrice: 100 },
          { sku: "some", name: "Name of some", quantity: 3, unitPrice: 200 }
        ],
        total: 900,
        currency: "EUR",
        version: 1,
        timeline: [{ status: "pending" }],
        confirmation: { state: "waiting" }
      })
      const id = order?.id ?? ""
      expect(await stage.orders.findOne({ _id: id })).toMatchObject({ total: 900 })
      expect(await stage.available("plenty")).toBe(997)
      expect(await stage.available("some")).toBe(7)
      expect(await stage.messages()).toContain(orderMessage(id))
    })

    it("shows an order only to its owner and to admins", async () => {
      const { order } = await place([{ sku: "plenty", quantity: 1 }])
      const path = `/api/orders/${order?.id}`
      // The second of each time comes from the cache.
      for (const _time of ["first", "second"]) {
        const answer = await get(path, stage.token)
        expect(answer.status).toBe(200)
        expect(answer.headers.get("content-type")).toContain("application/json")
        expect(await answer.json()).toEqual(order)
        expect((await get(path, stage.adminToken)).status).toBe(200)
        expect((await get(path, stage.otherToken)).status).toBe(404)
        expect((await get(path, stage.forgedToken)).status).toBe(401)
        expect((await get(path)).status).toBe(401)
      }
      expect((await get("/api/orders/unknown", stage.token)).status).toBe(404)
    })

    it("reads from the cache what it has read before", async () => {
      const { order } = await place([{ sku: "plenty", quantity: 1 }])
      const id = order?.id ?? ""
      expect((await get(`/api/orders/${id}`, stage.token)).status).toBe(200)
      await stage.orders.deleteOne({ _id: id })
      const cached = await get(`/api/orders/${id}`, stage.token)
      expect(await cached.json()).toEqual(order)
    })

    it("takes no stock when one line lacks stock", async () => {
      const before = await stage.available("plenty")
      const { status } = await place([
        { sku: "plenty", quantity: 1 },
        { sku: "few", quantity: 2 }
      ])
      expect(status).toBe(409)
      expect(await stage.available("plenty")).toBe(before)
      expect(await stage.available("few")).toBe(1)
      expect(await stage.orders.countDocuments({ "items.sku": "few" })).toBe(0)
    })

    it("sells no more than there is to many concurrent buyers", async () => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => place([{ sku: "few", quantity: 1 }]))
      )
      expect(answers.map(({ status }) => status).toSorted()).toEqual([
        201,
        ...Array.from({ length: 19 }, () => 409)
      ])
      expect(await stage.available("few")).toBe(0)
      expect(await stage.orders.countDocuments({ "items.sku": "few" })).toBe(1)
    })

    it.each([
      ["no lines", { items: [] }, 400],
      ["a quantity below one", { items: [{ sku: "plenty", quantity: 0 }] }, 400],
      ["a quantity that is text", { items: [{ sku: "plenty", quantity: "1" }] }, 400],
      ["an unknown field", { items: [{ sku: "plenty", quantity: 1, unitPrice: 1 }] }, 400],
      ["an unknown SKU", { items: [{ sku: "unknown", quantity: 1 }] }, 422]
    ])("refuses %s", async (_what, body, status) => {
      expect((await post(body, stage.token)).status).toBe(status)
      expect((await post(body, stage.forgedToken)).status).toBe(401)
    })

    it("shows a product to anyone", async () => {
      const answer = await get("/api/products/some")
      expect(await answer.json()).toEqual({
        sku: "some",
        name: "Name of some",
        unitPrice: 200,
        currency: "EUR",
        available: await stage.available("some")
      })
      expect((await get("/api/products/unknown")).status).toBe(404)
    })
  })
})

describeWith(["mongo", "redis", "sqs", "ses"], "Fastify with plugins", (addresses) => {
  let stage: Stage
  let api: RunningApi
  const redis = new Redis({ ...addresses.redis, lazyConnect: true })

  beforeAll(async () => {
    stage = await openStage(addresses, seed, { pending: 1 })
    // The suite above was counted there as well.
    await redis.del("fastify-rate-limit-127.0.0.1")
    api = await startApi([withPlugins], { ...stage.env, RATE_LIMIT_FACTOR: "0.01" })
  })
  afterAll(async () => {
    await api.stop()
    await redis.quit()
    await stage.close()
  })

  const read = (headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${api.url}/api/orders/${stage.seeded[0]?.id}`, {
      headers: { authorization: `Bearer ${stage.token}`, ...headers }
    })

  it("has the usual plugins on a read, and counts its client in Redis", async () => {
    const first = await read({ "x-request-id": "mine" })
    expect(first.status).toBe(200)
    const { headers } = first
    expect(headers.get("x-request-id")).toBe("mine")
    expect(headers.get("content-security-policy")).toContain("default-src 'self'")
    expect(headers.get("x-ratelimit-limit")).toBe("6")
    expect(headers.get("x-ratelimit-remaining")).toBe("5")
    expect(await redis.get("fastify-rate-limit-127.0.0.1")).toBe("1")

    const second = await read({ "if-none-match": headers.get("etag") ?? "" })
    expect(second.status).toBe(304)
    expect(second.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/u)
    expect((await read({ "x-request-id": "not an id" })).status).toBe(400)

    const metrics = await (await fetch(`${api.url}/metrics`)).text()
    expect(metrics).toContain(
      'http_request_duration_seconds_count{method="GET",route="/api/orders/:id",status_code="200"} 1'
    )
    const statuses: Array<number> = []
    for (let i = 0; i < 4; i++) statuses.push((await read()).status)
    expect(statuses).toEqual([200, 200, 200, 429])
  })
})
