// More than one process can do: the rest is refused without waiting, and it serves again right after.
import { afterAll, beforeAll, expect, it } from "vitest"
import { countBy, makeLoad, type Outcome, watchHealth, worstOf } from "../../tools/harness/load.ts"
import { residentMb } from "../../tools/harness/memory.ts"
import { describeWith } from "../suite.ts"
import { order, type Shop, startShop } from "./shop.ts"

/** More than the requests that one process admits. */
const crowd = 1500
/** More than the logins that may wait for their hash. */
const logins = 300

describeWith(["sqs", "ses"], "an overloaded API", (services) => {
  let shop: Shop
  beforeAll(async () => {
    shop = await startShop(services)
  })
  afterAll(() => shop?.stop())

  /** All are answered, those that are refused are told when to come again. */
  const expectAnswered = (outcomes: ReadonlyArray<Outcome>, kinds: ReadonlyArray<string>) => {
    expect(Object.keys(countBy(outcomes)).filter((kind) => !kinds.includes(kind))).toEqual([])
    for (const { status, retryAfter } of outcomes)
      if (status === 503) expect(retryAfter).toMatch(/^[1-9]\d*$/u)
    expect(worstOf(outcomes)).toBeLessThan(10_000)
  }

  const expectMemoryBelow = (mb: number) => {
    expect(residentMb(shop.program.pid) ?? 0).toBeLessThan(mb)
  }

  it("refuses requests early while the database is frozen, and places orders afterwards", async () => {
    const load = makeLoad(shop.url, crowd, shop.buyer.tokens.accessToken)
    shop.node.freeze()
    const health = watchHealth(shop.url)
    const outcomes = await load.volley(crowd, () => order)
    const { statuses } = await health.stop()
    shop.node.thaw()
    expect(statuses).toEqual([200])
    expectAnswered(outcomes, ["503"])
    // Those beyond the bounds, of which a busy machine answers some later; the others waited for the database.
    const early = outcomes.filter(({ ms }) => ms < 4500)
    expect(early.length).toBeGreaterThan(crowd / 10)
    expectMemoryBelow(700)

    await expect.poll(async () => (await load.shoot(order)).status, { timeout: 10_000 }).toBe(201)
    load.close()
  }, 60_000)

  it("refuses a part of very many logins, and keeps answering other requests", async () => {
    const { email } = shop.buyer
    const storm = makeLoad(shop.url, logins)
    const login = (i: number) => ({
      method: "POST" as const,
      path: "/api/auth/login",
      body: {
        email: i % 2 === 0 ? email : `stranger-${i}@example.com`,
        password: "correct horse battery staple"
      }
    })
    const others = watchHealth(shop.url)
    const outcomes = await storm.volley(logins, login)
    expect((await others.stop()).statuses).toEqual([200])
    expectAnswered(outcomes, ["200", "401", "503"])
    const counts = countBy(outcomes)
    expect(counts["200"]).toBeGreaterThan(0)
    expect(counts["503"]).toBeGreaterThan(0)
    expectMemoryBelow(700)
    expect((await storm.shoot(login(0))).status).toBe(200)
    storm.close()
  }, 60_000)
})
