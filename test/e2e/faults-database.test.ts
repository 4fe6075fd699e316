// The API while its database elects another primary, and while another API dies inside of a transaction.
import { mongo } from "mongoose"
import { afterAll, beforeAll, expect, it } from "vitest"
import { countBy, makeLoad, worstOf } from "../../tools/harness/load.ts"
import { describeWith } from "../suite.ts"
import { order, type Shop, startShop } from "./shop.ts"

const admin = async <A>(uri: string, use: (db: mongo.Db) => Promise<A>): Promise<A> => {
  const client = new mongo.MongoClient(uri)
  try {
    return await use(client.db("admin"))
  } finally {
    await client.close()
  }
}

const databaseOf = (uri: string): string => uri.replace(/^.*\/([^/?]+)\?.*$/u, "$1")

describeWith(["sqs", "ses"], "the API", (services) => {
  let shop: Shop
  beforeAll(async () => {
    shop = await startShop(services, { nodes: 3 })
  })
  afterAll(() => shop?.stop())

  it("loses no accepted order, and refuses few, while the primary steps down", async () => {
    const load = makeLoad(shop.url, 8, shop.buyer.tokens.accessToken)
    try {
      const run = load.sustain(() => order)
      await admin(shop.mongo.address.uri, (db) =>
        db.command({ replSetStepDown: 30, secondaryCatchUpPeriodSecs: 5 })
      )
      const before = run.outcomes.length
      await expect
        .poll(() => run.outcomes.slice(before).filter(({ status }) => status === 201).length, {
          timeout: 15_000
        })
        .toBeGreaterThan(50)
      const outcomes = await run.stop()
      const counts = countBy(outcomes)
      expect(Object.keys(counts).filter((kind) => kind !== "201" && kind !== "503")).toEqual([])
      expect(worstOf(outcomes)).toBeLessThan(10_000)
      const stored = await shop.buyer.client.get("/api/products/thing")
      // An order whose commit was answered too late may exist although it got a 503, never the reverse.
      const sold = 1_000_000 - stored.body.available
      expect(sold).toBeGreaterThanOrEqual(counts["201"] ?? 0)
      expect(sold - (counts["201"] ?? 0)).toBeLessThanOrEqual(counts["503"] ?? 0)
      expect(await shop.system.cli("stock", "audit")).toMatchObject({ code: 0 })
    } finally {
      load.close()
    }
  }, 60_000)

  it("sells what a killed process had locked within 10 s, also when the server would hold the lock for a minute", async () => {
    const { uri } = shop.mongo.address
    const pause = "waitAfterCommandFinishesExecution"
    await admin(uri, (db) => db.command({ setParameter: 1, transactionLifetimeLimitSeconds: 60 }))
    const doomed = await shop.system.startApi()
    await admin(uri, async (db) => {
      // The stock is taken, and not committed: the answer to its last command is held back.
      const ns = `${databaseOf(shop.system.env["MONGO_URI"] ?? "")}.products`
      const { count } = await db.command({
        configureFailPoint: pause,
        mode: "alwaysOn",
        data: { ns, commands: ["update"] }
      })
      const lost = makeLoad(doomed.url, 1, shop.buyer.tokens.accessToken)
      const unanswered = lost.shoot(order)
      await db.command({ waitForFailPoint: pause, timesEntered: count + 1, maxTimeMS: 10_000 })
      doomed.program.signal("SIGKILL")
      await doomed.program.ended
      expect((await unanswered).status).toBeUndefined()
      lost.close()
      await db.command({ configureFailPoint: pause, mode: "off" })
    })

    const killed = performance.now()
    const load = makeLoad(shop.url, 4, shop.buyer.tokens.accessToken)
    const outcomes = [...(await load.volley(4, () => order))]
    while (!outcomes.some(({ status }) => status === 201)) outcomes.push(await load.shoot(order))
    load.close()
    expect(performance.now() - killed).toBeLessThan(10_000)
    expect(worstOf(outcomes)).toBeLessThan(10_000)
    expect(performance.now() - killed).toBeGreaterThan(1000)
    expect(await shop.system.cli("stock", "audit")).toMatchObject({ code: 0 })
  }, 60_000)
})
