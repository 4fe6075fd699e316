// A rolling restart as clients see it: none of their requests is lost to a connection that we closed.
import { afterAll, beforeAll, expect, it } from "vitest"
import { countBy, makeLoad } from "../../tools/harness/load.ts"
import { describeWith } from "../suite.ts"
import { order, type Shop, startShop } from "./shop.ts"

describeWith(["sqs", "ses"], "an API that is stopped under load", (services) => {
  let shop: Shop
  beforeAll(async () => {
    shop = await startShop(services)
  })
  afterAll(() => shop?.stop())

  it("answers all requests, closes its connections, and exits well within 30 s", async () => {
    const { url, program } = await shop.system.startApi()
    const load = makeLoad(url, 50, shop.buyer.tokens.accessToken)
    const run = load.sustain((i) =>
      i % 2 === 0 ? order : { method: "GET", path: "/api/products/thing" }
    )
    await expect.poll(() => run.outcomes.length, { timeout: 10_000 }).toBeGreaterThan(200)
    const placedBefore = await sold(shop)
    program.signal("SIGTERM")
    const began = performance.now()
    expect(await readinessUntilRefused(url)).toContain(503)
    expect(await program.ended).toBe(0)
    expect(performance.now() - began).toBeLessThan(20_000)
    expect(placedBefore).toBeGreaterThan(0)

    // Every lane ends where it could not send its request: ECONNREFUSED. No ECONNRESET, no 503.
    const { ECONNREFUSED, ...answered } = countBy(await run.refused)
    expect(ECONNREFUSED).toBe(50)
    expect(Object.keys(answered).sort()).toEqual(["200", "201"])
    expect(await sold(shop)).toBe(answered["201"])
    load.close()
  }, 60_000)
})

/** What `/readyz` answers until no more connections are accepted. Under load an answer can take longer than the notice. */
const readinessUntilRefused = async (url: string): Promise<ReadonlySet<number>> => {
  const statuses = new Set<number>()
  for (;;) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined)
    if (answer === undefined) return statuses
    statuses.add(answer.status)
  }
}

const sold = async (shop: Shop): Promise<number> => {
  const { body } = await shop.buyer.client.get("/api/products/thing")
  return 1_000_000 - body.available
}
