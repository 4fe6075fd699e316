// What becomes of an order after its confirmation is mailed, also where the processes die between the change and its
// mail.
import { afterAll, beforeAll, expect, it } from "vitest"
import { makeClient } from "../../tools/harness/client.ts"
import { endLeases } from "../../tools/harness/leases.ts"
import { stockUp } from "../../tools/harness/setUp.ts"
import { type System, startSystem } from "../../tools/harness/system.ts"
import { until } from "../../tools/harness/until.ts"
import { describeWith } from "../suite.ts"
import { resendIfUnknown } from "./resendIfUnknown.ts"

describeWith(["mongo", "sqs", "ses"], "mails about the end of orders", (services) => {
  let system: System
  beforeAll(async () => {
    system = await startSystem(services)
  })
  afterAll(() => system?.stop())

  it("are sent once each, although API and worker are killed with -9 between a change and its mail", async () => {
    const api = await system.startApi()
    const admin = await system.signUp(api.url, "admin", "admin")
    await stockUp(admin.client, { lamp: 10 })
    const buyer = await system.signUp(api.url, "buyer")
    const first = await system.startWorker()
    const place = async () => {
      const { status, body } = await buyer.client.post("/api/orders", {
        items: [{ sku: "lamp", quantity: 1 }]
      })
      expect(status).toBe(201)
      return body
    }
    const stateOf = async (id: string) => (await buyer.client.get(`/api/orders/${id}`)).body
    const orders = [await place(), await place(), await place()]
    const [cancelled, fulfilled, own] = orders
    for (const { id } of orders)
      await until(
        `${id} is mailed`,
        () => stateOf(id),
        ({ confirmation }) => confirmation.state === "sent",
        60_000
      )

    // The sends of the notices hang, so that the worker has them in its hands when it is killed.
    await system.mails.inject({ fault: "hang", times: 3, to: buyer.email })
    const decided = [
      await admin.client.post(`/api/orders/${cancelled.id}/cancel`, { reason: "a wrong price" }),
      await admin.client.post(`/api/admin/orders/${fulfilled.id}/fulfil`),
      await buyer.client.post(`/api/orders/${own.id}/cancel`)
    ]
    for (const { status, body } of decided)
      expect([status, body.notice], JSON.stringify(body)).toEqual([200, { state: "waiting" }])
    api.program.signal("SIGKILL")
    await until(
      "the mails hang",
      () => system.mails.calls(buyer.email),
      (calls) => calls.filter(({ outcome }) => outcome === "hang").length === 3,
      30_000
    )
    first.program.signal("SIGKILL")
    expect(await first.program.ended).toBe("SIGKILL")
    await endLeases(system.env["MONGO_URI"] ?? "")

    const next = await system.startApi()
    await system.startWorker()
    const reader = makeClient(next.url, buyer.tokens.accessToken)
    const staff = makeClient(next.url, admin.tokens.accessToken)
    for (const { id } of orders)
      await until(
        `the end of ${id} is mailed`,
        async () => {
          await resendIfUnknown(staff, id)
          return (await reader.get(`/api/orders/${id}`)).body
        },
        ({ notice }) => notice?.state === "sent",
        90_000
      )
    const inbox = await system.mails.inbox({ to: buyer.email, atLeast: 7 })
    const subjectsOf = (number: string) =>
      inbox.flatMap(({ subject }) => (subject.includes(number) ? [subject] : [])).toSorted()
    for (const [order, end] of [
      [cancelled, "cancelled"],
      [fulfilled, "fulfilled"],
      [own, "cancelled"]
    ])
      expect(subjectsOf(order.number)).toEqual(
        [
          `Your order ${order.number} is confirmed`,
          `Your order ${order.number} is ${end}`
        ].toSorted()
      )
    expect((await system.cli("mails", "due", "--no-json")).output).toContain(
      "0 mails of orders are due;"
    )
  }, 240_000)
})
