// Floods that need small means, from other addresses, on the limits of a deployment: an honest client is answered as
// ever, and the process stays small.
import { expect, it } from "vitest"
import { floodFaults } from "../../tools/fuzz/rules.ts"
import { floodNames, floods, withstand } from "../../tools/harness/flood.ts"
import { describeWith } from "../suite.ts"
import { startShop } from "./shop.ts"

const seconds = 12
/** A busy machine may be slow by itself, though not each time. */
const attempts = 3

describeWith(["sqs", "ses"], "an API under a flood", (services) => {
  it.each(floodNames)(
    "answers an honest client within a second: %s",
    async (flood) => {
      const shop = await startShop(services, { settings: { RATE_LIMIT_FACTOR: "1" } })
      try {
        const target = { url: shop.url, pid: shop.program.pid }
        const first = await withstand(target, flood, seconds)
        // 1.5 GB where a connection had all its requests handled together. Bodies may take more.
        if (!floods[flood].reads) expect(first.peakMb).toBeLessThan(400)
        let met = first
        for (let i = 1; i < attempts && floodFaults(met).length > 0; i++)
          met = await withstand(target, flood, seconds)
        expect(floodFaults(met)).toEqual([])
        expect(met.requests).toBeGreaterThan(seconds)
      } finally {
        await shop.stop()
      }
    },
    120_000
  )
})
