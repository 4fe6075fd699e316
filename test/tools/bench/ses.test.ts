// The counting SES takes mails as the SDK sends them.
import { GetSendQuotaCommand, SESClient, SendEmailCommand } from "@aws-sdk/client-ses"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { type CountingSes, startCountingSes } from "../../../tools/bench/ses/ses.ts"
import { mailedAt } from "../../../tools/bench/workloads/endToEnd.ts"
import { awsTestAccess } from "../../../tools/harness/queues.ts"

describe("the counting SES", () => {
  let ses: CountingSes
  let client: SESClient
  beforeAll(async () => {
    ses = await startCountingSes()
    client = new SESClient({ ...awsTestAccess, endpoint: ses.address.endpoint, maxAttempts: 1 })
  })
  beforeEach(() => ses.clear())
  afterAll(async () => {
    client.destroy()
    await ses.stop()
  })

  const send = (subject: string) =>
    client.send(
      new SendEmailCommand({
        Source: "orders@example.com",
        Destination: { ToAddresses: ["buyer@example.com"] },
        Message: { Subject: { Data: subject }, Body: { Text: { Data: "Subject.Data=no" } } }
      })
    )

  it("accepts a mail, and remembers its subject and time", async () => {
    const { MessageId } = await send("Your order 50% & more is confirmed")
    expect(MessageId).toMatch(/^\d+$/u)
    expect(await ses.mails()).toEqual([
      { subject: "Your order 50% & more is confirmed", at: expect.any(Number) }
    ])
  })

  it("answers when the given number of mails has arrived", async () => {
    await send("first")
    const second = ses.count(2, AbortSignal.timeout(10_000))
    await send("second")
    expect((await second).mails).toBe(2)
  })

  it("reports the time of the requested mail, also when there are more", async () => {
    for (const subject of ["first", "second", "third"]) await send(subject)
    const { mails, at } = await ses.count(2, AbortSignal.timeout(10_000))
    expect(mails).toBe(3)
    expect(at).toBe((await ses.mails())[1]?.at)
  })

  it("knows no other action", async () => {
    await expect(client.send(new GetSendQuotaCommand({}))).rejects.toThrow("only takes mails")
  })
})

it("counts only the first mail of an order", () => {
  const id = "a".repeat(32)
  const subject = `Your order ${id} is confirmed`
  const mails = [
    { subject: "Your password was changed", at: 1 },
    { subject, at: 2 },
    { subject, at: 3 }
  ]
  expect(mailedAt(mails)).toEqual(new Map([[id, 2]]))
})
