// A worker killed in the middle of its work loses nothing, and one that is asked to stop ends in order.
import { afterAll, beforeAll, expect, it } from "vitest"
import { endLeases } from "../../tools/harness/leases.ts"
import { stockUp } from "../../tools/harness/setUp.ts"
import { type System, startSystem } from "../../tools/harness/system.ts"
import { until } from "../../tools/harness/until.ts"
import { describeWith } from "../suite.ts"

describeWith(["mongo", "sqs", "ses"], "a worker that dies", (services) => {
  let system: System
  beforeAll(async () => {
    system = await startSystem(services)
  })
  afterAll(() => system?.stop())

  it("is killed with -9 among 40 orders: the next one confirms and mails each of them", async () => {
    const { url } = await system.startApi()
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

    await system.startWorker()
    for (const { body } of placed)
      await until(
        `${body.id} is settled`,
        () => buyer.client.get(`/api/orders/${body.id}`),
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
    const worker = await system.startWorker()
    const api = await system.startApi()
    worker.program.signal("SIGTERM")
    api.program.signal("SIGTERM")
    expect(await worker.program.ended).toBe(0)
    expect(await api.program.ended).toBe(0)
  })
})
