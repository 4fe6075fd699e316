// The workers of the peers do what they are compared for: on real services, as processes.
import { Redis } from "ioredis"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startProgram } from "../../../tools/bench/contestant.ts"
import { seed } from "../../../tools/bench/peers/seed.ts"
import { sesControl } from "../../../tools/harness/ses-control.ts"
import { until } from "../../../tools/harness/until.ts"
import { describeWith } from "../../suite.ts"
import { openStage, type Stage } from "./stage.ts"

const workers = [
  ["takes one message at a time", "tools/bench/peers/express/worker.ts"],
  ["is sqs-consumer", "tools/bench/peers/express/consumer.ts"]
] as const

describeWith(["mongo", "redis", "sqs", "ses"], "the worker of a peer", (addresses) => {
  describe.each(workers)("that %s", (_name, program) => {
    let stage: Stage
    const redis = new Redis({ ...addresses.redis, lazyConnect: true })

    beforeAll(async () => {
      stage = await openStage(addresses, seed, { pending: 12 })
    })
    afterAll(async () => {
      await redis.quit()
      await stage.close()
    })

    it("confirms and mails each order once, and keeps messages that it can't handle", async () => {
      const ids = stage.seeded.map(({ id }) => id)
      const keys = ids.map((id) => `express:order:${id}`)
      await redis.mset(keys.flatMap((key) => [key, "{}"]))
      await stage.announce(["unknown", ...ids])

      const worker = startProgram([program], stage.env)
      const handled = () =>
        Promise.race([
          until("all but one message handled", stage.queued, (left) => left === 1),
          worker.died
        ])
      await handled()
      // Not at the same time: then a peer mails twice.
      await stage.announce(ids)
      await handled()
      await worker.stop()

      const mails = await sesControl(addresses.ses.endpoint).inbox({ to: stage.owner.email })
      expect(mails.map(({ subject }) => subject).toSorted()).toEqual(
        ids.map((id) => `Your order ${id} is confirmed`).toSorted()
      )
      expect(mails[0]?.html).toContain("2 × Name of &lt;plenty&gt;")
      expect(mails[0]?.html).toContain("2.00 EUR")
      const orders = await stage.orders.find().toArray()
      expect(orders).toHaveLength(12)
      for (const order of orders)
        expect(order).toMatchObject({
          status: "confirmed",
          version: 3,
          timeline: [{ status: "pending" }, { status: "confirmed" }],
          confirmation: { state: "sent", at: expect.any(Date) }
        })
      expect(await redis.exists(...keys)).toBe(0)
      expect(worker.output()).toContain("There is no order unknown")
    })
  })
})
