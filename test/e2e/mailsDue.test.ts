// Confirming does not wait for mails: while SES takes none, orders are confirmed, and the command line says what waits.
import { afterAll, beforeAll, expect, it } from "vitest"
import { stockUp } from "../../tools/harness/setUp.ts"
import { type System, startSystem } from "../../tools/harness/system.ts"
import { until } from "../../tools/harness/until.ts"
import { describeWith } from "../suite.ts"

describeWith(["mongo", "redis", "sqs", "ses"], "while SES throttles every mail", (services) => {
  let system: System
  beforeAll(async () => {
    system = await startSystem(services, { SES_MAX_PER_SECOND: "20" })
  })
  afterAll(() => system?.stop())

  it("orders are confirmed, and `mails due` counts their mails until they are sent", async () => {
    const { url } = await system.startApi()
    const admin = await system.signUp(url, "admin", "admin")
    await stockUp(admin.client, { lamp: 10 })
    const buyer = await system.signUp(url, "buyer")
    await system.mails.inject({ fault: "throttling", times: "all", to: buyer.email })
    await system.startWorker()
    const ids: Array<string> = []
    for (let i = 0; i < 3; i++) {
      const { body } = await buyer.client.post("/api/orders", {
        items: [{ sku: "lamp", quantity: 1 }]
      })
      ids.push(body.id)
    }
    const read = (id: string) => buyer.client.get(`/api/orders/${id}`)
    for (const id of ids)
      await until(
        `${id} is confirmed`,
        () => read(id),
        ({ body }) => body.status === "confirmed"
      )
    const waiting = await until(
      "mails are due",
      () => system.cli("mails", "due", "--no-json"),
      ({ output }) => /[23] mails of orders are due, the longest for \d+ s/u.test(output),
      60_000
    )
    await system.mails.spare(buyer.email)
    expect(waiting).toMatchObject({ code: 0 })
    expect(waiting.output).toMatch(/; \d+(?:\.\d)? a second may go out/u)
    for (const id of ids)
      await until(
        `${id} is mailed`,
        () => read(id),
        ({ body }) => body.confirmation.state === "sent",
        90_000
      )
    expect((await system.cli("mails", "due", "--no-json")).output).toContain(
      "0 mails of orders are due;"
    )
  }, 240_000)
})
