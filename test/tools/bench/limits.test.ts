// The limits do what they are the limit of: on real services, as processes.
import { afterEach, describe, expect, it } from "vitest"
import * as z from "zod"
import { startApi, startProgram } from "../../../tools/bench/contestant.ts"
import { seed } from "../../../tools/bench/limits/seed.ts"
import { run } from "../../../tools/harness/program.ts"
import { sesControl } from "../../../tools/harness/ses-control.ts"
import { until } from "../../../tools/harness/until.ts"
import { describeWith } from "../../suite.ts"
import { openStage, type Stage } from "./stage.ts"

const Placed = z.object({ id: z.string() })

describeWith(["mongo", "redis", "sqs", "ses"], "the limit of", (addresses) => {
  const open: Array<Stage> = []
  const opened = async (options: Parameters<typeof openStage>[2]): Promise<Stage> => {
    const stage = await openStage(addresses, seed, options)
    open.push(stage)
    return stage
  }
  afterEach(async () => {
    for (const stage of open.splice(0)) await stage.close()
  })

  it.each([
    ["a cached read", "tools/bench/limits/readRedis.ts"],
    ["a cached read by Hono and Effect", "tools/bench/limits/stackRedis.ts"],
    ["an uncached read", "tools/bench/limits/readMongo.ts"]
  ])("%s answers an order as JSON", async (_what, program) => {
    const stage = await opened({ pending: 2 })
    const [, order] = stage.seeded
    const api = await startApi([program], stage.env)
    const answer = await fetch(`${api.url}/api/orders/${order?.id}`)
    expect(answer.headers.get("content-type")).toBe("application/json")
    expect(await answer.json()).toEqual(JSON.parse(JSON.stringify(order)))
    expect((await fetch(`${api.url}/api/orders/unknown`)).status).toBe(404)
    expect((await fetch(`${api.url}/elsewhere`)).status).toBe(404)
    await api.stop()
  })

  describe("placing orders", () => {
    const place = (stage: Stage) => {
      const options = { orders: 300, callers: 50, skus: 2, lines: 2, warmup: 10 }
      const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
      return run(["tools/bench/limits/groupCommit.ts", ...args], stage.env)
    }

    it("stores each order and takes its stock", async () => {
      const stage = await opened({ stock: { plenty: 1000, some: 1000, unused: 1000 } })
      const program = place(stage)
      expect(await program.ended).toBe(0)
      expect(JSON.parse(program.output())).toEqual({ orders: 300, seconds: expect.any(Number) })
      expect(await stage.orders.countDocuments()).toBe(310)
      const lines = await stage.orders.countDocuments({ "items.sku": "plenty" })
      expect(lines).toBe(310)
      expect(await stage.available("plenty")).toBe(690)
      expect(await stage.available("some")).toBe(690)
      expect(await stage.available("unused")).toBe(1000)
    })

    it("fails when the stock is too low, and takes no more than there is", async () => {
      const stage = await opened({ stock: { plenty: 1000, some: 100, unused: 0 } })
      const program = place(stage)
      expect(await program.ended).toBe(1)
      expect(program.output()).toContain("the stock does not suffice")
      const placed = await stage.orders.countDocuments()
      expect(placed).toBeLessThanOrEqual(100)
      expect(await stage.available("some")).toBe(100 - placed)
      expect(await stage.available("plenty")).toBe(1000 - placed)
    })
  })

  it("placing orders over HTTP stores each order, takes its stock, and sends its message", async () => {
    const stage = await opened({ stock: { plenty: 1000 } })
    const api = await startApi(["tools/bench/limits/placeTogether.ts"], stage.env)
    const place = async (): Promise<string> => {
      const body = JSON.stringify({ items: [{ sku: "plenty", quantity: 2 }] })
      const answer = await fetch(`${api.url}/api/orders`, { method: "POST", body })
      expect(answer.status).toBe(201)
      return Placed.parse(await answer.json()).id
    }
    const ids = await Promise.all(Array.from({ length: 25 }, place))
    await api.stop()
    const stored = await stage.orders.find().toArray()
    expect(stored.map(({ _id }) => _id).toSorted()).toEqual(ids.toSorted())
    expect(await stage.available("plenty")).toBe(950)
    expect(await stage.queued()).toBe(25)
  })

  it("an order to its mail stores the order, sends its message, and mails it", async () => {
    const stage = await opened({})
    const api = await startApi(["tools/bench/limits/placeAndSend.ts"], stage.env)
    const answer = await fetch(`${api.url}/api/orders`, {
      method: "POST",
      body: JSON.stringify({ items: [{ sku: "plenty", quantity: 2 }] })
    })
    expect(answer.status).toBe(201)
    const { id } = Placed.parse(await answer.json())
    await api.stop()
    expect(await stage.orders.findOne()).toMatchObject({ _id: id, items: [{ sku: "plenty" }] })
    expect(await stage.queued()).toBe(1)

    const worker = startProgram(["tools/bench/limits/mailer.ts"], stage.env)
    await Promise.race([
      until("the message deleted", stage.queued, (left) => left === 0),
      worker.died
    ])
    await worker.stop()
    const mails = await sesControl(addresses.ses.endpoint).inbox({ to: "limit@example.com" })
    expect(mails.filter(({ subject }) => subject.includes(`${id} `))).toHaveLength(1)
  })

  it("a worker mails once for each message, and deletes it", async () => {
    const stage = await opened({ pending: 25 })
    await stage.announce(stage.seeded.map(({ id }) => id))
    const program = run(["tools/bench/limits/drain.ts", "--messages", "25"], stage.env)
    expect(await program.ended).toBe(0)
    expect(JSON.parse(program.output())).toEqual({
      messages: 25,
      seconds: expect.any(Number),
      cpuMs: expect.any(Number)
    })
    const mails = await sesControl(addresses.ses.endpoint).inbox({ to: "limit@example.com" })
    const subjects = mails.map(({ subject }) => subject)
    for (const { id } of stage.seeded)
      expect(subjects.filter((subject) => subject.includes(`${id} `))).toHaveLength(1)
    expect(await stage.queued()).toBe(0)
  })

  it("confirming confirms each order once, and deletes its message", async () => {
    const stage = await opened({ pending: 25 })
    const ids = stage.seeded.map(({ id }) => id)
    await stage.announce(ids)
    const args = ["--messages", "20", "--warmup", "5"]
    const program = run(["tools/bench/limits/confirm.ts", ...args], stage.env)
    expect(await program.ended).toBe(0)
    expect(JSON.parse(program.output())).toMatchObject({ messages: 20 })
    const orders = await stage.orders.find().toArray()
    expect(orders).toHaveLength(25)
    for (const order of orders)
      expect(order).toMatchObject({
        status: "confirmed",
        version: 2,
        timeline: [{ status: "pending" }, { status: "confirmed" }]
      })
    expect(await stage.queued()).toBe(0)
  })
})
