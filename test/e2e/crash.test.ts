// A process or a database node that is killed in the middle of its work loses nothing that was answered, and a process
// that is asked to stop ends in order.
import { mongo } from "mongoose"
import { afterAll, beforeAll, expect, it } from "vitest"
import { endLeases } from "../../tools/harness/leases.ts"
import { stockUp } from "../../tools/harness/setUp.ts"
import { type System, startSystem } from "../../tools/harness/system.ts"
import { until } from "../../tools/harness/until.ts"
import { describeWith } from "../suite.ts"
import { resendIfUnknown } from "./resendIfUnknown.ts"
import { order, type Shop, startShop } from "./shop.ts"

describeWith(["mongo", "sqs", "ses"], "a worker that dies", (services) => {
  let system: System
  let api: Awaited<ReturnType<System["startApi"]>>
  let second: Awaited<ReturnType<System["startWorker"]>>
  beforeAll(async () => {
    system = await startSystem(services)
    api = await system.startApi()
  })
  afterAll(() => system?.stop())

  it("is killed with -9 among 40 orders: the next one confirms and mails each of them", async () => {
    const { url } = api
    const admin = await system.signUp(url, "admin", "admin")
    await stockUp(admin.client, { crash: 40 })
    const buyer = await system.signUp(url, "buyer")
    // The first mail hangs, so that the worker has claims in its hands when it is killed.
    await system.mails.inject({ fault: "hang", times: 5, to: buyer.email })
    const first = await system.startWorker()
    const placed = await Promise.all(
      Array.from({ length: 40 }, () =>
        buyer.client.post("/api/orders", { items: [{ sku: "crash", quantity: 1 }] })
      )
    )
    for (const { status } of placed) expect(status).toBe(201)
    await until(
      "some mails hang",
      () => system.mails.calls(buyer.email),
      (calls) => calls.filter(({ outcome }) => outcome === "hang").length === 5
    )
    first.program.signal("SIGKILL")
    expect(await first.program.ended).toBe("SIGKILL")
    await endLeases(system.env["MONGO_URI"] ?? "")

    second = await system.startWorker()
    for (const { body } of placed)
      await until(
        `${body.id} is settled`,
        async () => {
          await resendIfUnknown(admin.client, body.id)
          return buyer.client.get(`/api/orders/${body.id}`)
        },
        (answer) => answer.body.status === "confirmed" && answer.body.confirmation.state === "sent",
        60_000
      )
    const mails = await system.mails.inbox({ to: buyer.email, atLeast: 41 })
    for (const { body } of placed)
      expect(
        mails.some(({ text }) => text?.includes(body.number)),
        body.id
      ).toBe(true)
    expect(await system.cli("stock", "audit")).toMatchObject({ code: 0 })
  }, 120_000)

  it("finishes its work on SIGTERM and exits with 0", async () => {
    second.program.signal("SIGTERM")
    api.program.signal("SIGTERM")
    expect(await second.program.ended).toBe(0)
    expect(await api.program.ended).toBe(0)
  })
})

const readFrom = async <A>(uri: string, read: (db: mongo.Db) => Promise<A>): Promise<A> => {
  const client = new mongo.MongoClient(uri)
  try {
    return await read(client.db())
  } finally {
    await client.close()
  }
}

/** Of the shop's database, by another primary once there is one. */
const uriOf = ({ system }: Shop): string => system.env["MONGO_URI"] ?? ""

/** The nodes of the shop's replica set. */
const membersOf = (shop: Shop) =>
  readFrom(uriOf(shop), async (db) => {
    const { primary } = await db.command({ hello: 1 })
    const isPrimary = ({ port }: { readonly port: number }) => primary === `127.0.0.1:${port}`
    const { nodes } = shop.mongo
    return {
      database: db.databaseName,
      primaries: nodes.filter(isPrimary),
      secondaries: nodes.filter((node) => !isPrimary(node))
    }
  })

/** The ids of all orders. */
const storedIn = (shop: Shop): Promise<ReadonlySet<string>> =>
  readFrom(uriOf(shop), async (db) => {
    const orders = db.collection<{ readonly _id: string }>("orders")
    const found = await orders.find({}, { projection: { _id: 1 } }).toArray()
    return new Set(found.map(({ _id }) => _id))
  })

/** The primary has orders that are not answered, and goes on having them: those that it alone has. */
const untilPrimaryHasMore = (
  { database, primaries: [primary] }: Awaited<ReturnType<typeof membersOf>>,
  accepted: ReadonlyArray<string>
) =>
  readFrom(`mongodb://127.0.0.1:${primary?.port}/${database}?directConnection=true`, (db) => {
    let before = -1
    return until(
      "orders on the primary alone",
      async () => {
        const answered = { before, now: accepted.length }
        before = answered.now
        return { ...answered, stored: await db.collection("orders").countDocuments() }
      },
      (seen) => seen.before === seen.now && seen.stored > seen.now
    )
  })

/** Eight buyers who order until the API is gone; the ids of the orders that were answered 201. */
const buyUntilGone = ({ buyer }: Shop) => {
  const accepted: Array<string> = []
  const buy = async (): Promise<void> => {
    for (;;) {
      const answer = await buyer.client.post(order.path, order.body).catch(() => undefined)
      if (answer === undefined) return
      if (answer.status === 201) accepted.push(answer.body.id)
    }
  }
  return { accepted, gone: Promise.all(Array.from({ length: 8 }, buy)) }
}

describeWith(["sqs", "ses"], "an answered 201", (services) => {
  it("survives when the API and the primary are killed, since a majority has the order", async () => {
    const shop = await startShop(services, { nodes: 3 })
    try {
      const members = await membersOf(shop)
      const { primaries, secondaries } = members
      expect([primaries.length, secondaries.length]).toEqual([1, 2])
      const { accepted, gone } = buyUntilGone(shop)
      await expect.poll(() => accepted.length, { timeout: 15_000 }).toBeGreaterThan(50)
      // From here on the primary alone gets what is written. Frozen ones would still read it from their sockets later.
      for (const { crash } of secondaries) await crash()
      await untilPrimaryHasMore(members, accepted)
      shop.program.signal("SIGKILL")
      await gone
      for (const { crash } of primaries) await crash()
      for (const { restart } of secondaries) await restart()

      // Not by the API: its cache has them too.
      const stored = await storedIn(shop)
      const lost = accepted.filter((id) => !stored.has(id))
      expect(lost).toEqual([])
      expect(await shop.system.cli("stock", "audit")).toMatchObject({ code: 0 })
    } finally {
      await shop.stop()
    }
  }, 120_000)
})
