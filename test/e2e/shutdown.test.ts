// A worker that is asked to stop ends within its time, with code 0, and has recorded what came of its mails: the
// next one goes on from there. Asked twice, it ends immediately.
import { afterAll, beforeAll, expect, it } from "vitest"
import { stockUp } from "../../tools/harness/setUp.ts"
import { type System, startSystem } from "../../tools/harness/system.ts"
import { until } from "../../tools/harness/until.ts"
import { describeWith } from "../suite.ts"

const drainSeconds = 12

describeWith(["mongo", "sqs", "ses"], "a worker that is asked to stop", (services) => {
  let system: System
  let admin: Awaited<ReturnType<System["signUp"]>>
  let buyer: Awaited<ReturnType<System["signUp"]>>
  beforeAll(async () => {
    system = await startSystem(services, {
      WORKER_DRAIN_SECONDS: String(drainSeconds)
    })
    const { url } = await system.startApi()
    admin = await system.signUp(url, "admin", "admin")
    await stockUp(admin.client, { thing: 40 })
    buyer = await system.signUp(url, "buyer")
  })
  afterAll(() => system?.stop())

  const place = async (): Promise<string> => {
    const { status, body } = await buyer.client.post("/api/orders", {
      items: [{ sku: "thing", quantity: 1 }]
    })
    expect(status).toBe(201)
    return body.id
  }

  /** Places an order whose mail hangs in the hands of the only worker. */
  const placeHanging = async (): Promise<string> => {
    const hanging = async () =>
      (await system.mails.calls(buyer.email)).filter(({ outcome }) => outcome === "hang").length
    const before = await hanging()
    await system.mails.inject({ fault: "hang", times: 1, to: buyer.email })
    const id = await place()
    await until("a mail hangs", hanging, (calls) => calls > before)
    return id
  }

  const settled = (id: string, withinMs: number) =>
    until(
      `${id} is settled`,
      () => buyer.client.get(`/api/orders/${id}`),
      ({ body }) => body.confirmation.state === "sent",
      withinMs
    )

  it("records that a mail may have been sent, exits with 0, and another worker resends it on request", async () => {
    const { program } = await system.startWorker()
    const id = await placeHanging()
    const asked = performance.now()
    program.signal("SIGTERM")
    expect(await program.ended).toBe(0)
    expect(performance.now() - asked).toBeLessThan(drainSeconds * 1000)
    const { body } = await buyer.client.get(`/api/orders/${id}`)
    expect(body).toMatchObject({ status: "confirmed", confirmation: { state: "waiting" } })
    const next = await system.startWorker()
    // By itself it would wait five minutes, since the mail may be out.
    expect((await admin.client.post(`/api/admin/orders/${id}/resend-confirmation`)).status).toBe(
      200
    )
    await settled(id, 30_000)
    next.program.signal("SIGTERM")
    expect(await next.program.ended).toBe(0)
  }, 90_000)

  it("exits immediately at a second signal", async () => {
    const { program, url } = await system.startWorker()
    await placeHanging()
    program.signal("SIGTERM")
    // Its first signal was heard: it is not ready any more.
    await until(
      "it drains",
      async () => (await fetch(`${url}/readyz`)).status,
      (status) => status === 503
    )
    const asked = performance.now()
    program.signal("SIGTERM")
    expect(await program.ended).toBe(1)
    expect(performance.now() - asked).toBeLessThan(2_000)
  }, 60_000)
})
