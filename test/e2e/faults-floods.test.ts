// Attacks that need small means, from other addresses, on the limits of a deployment: an honest client gets its
// answers until the server has ended the attack's connections, or answered them ten times each. How fast, tells
// `npm run floods`: here other tests run at the same time.
import { afterAll, beforeAll, expect, it } from "vitest"
import { crowds, floods } from "../../tools/harness/attack.ts"
import { mostMb, withstand } from "../../tools/harness/flood.ts"
import { type System, startSystem } from "../../tools/harness/system.ts"
import { describeWith } from "../suite.ts"

describeWith(["mongo", "sqs", "ses"], "an API under attack", (services) => {
  let system: System
  beforeAll(async () => {
    system = await startSystem(services, { RATE_LIMIT_FACTOR: "1" })
  })
  afterAll(() => system?.stop())

  // Each on a process of its own. Most of their time they wait for deadlines of the server.
  it.concurrent.each([...floods, ...crowds].map((attack) => [attack.name, attack] as const))(
    "serves an honest client: %s",
    async (_, attack) => {
      const { program, url } = await system.startApi()
      try {
        const met = await withstand({ url, pid: program.pid }, attack, {
          // The buffers of both systems may take all answers that are not read: such a connection has no end.
          seconds: "bytes" in attack && !attack.reads ? 15 : "until it has ended"
        })
        expect(met.wrong).toEqual([])
        expect(met.requests).toBeGreaterThan(5)
        expect(met.failures).toBe(0)
        // 1.5 GB where a connection had all its requests handled together, 2 GB where all of a packet were parsed.
        expect(met.peakMb - met.beforeMb).toBeLessThan(mostMb)
      } finally {
        program.signal("SIGKILL")
        await program.ended
      }
    },
    120_000
  )
})
