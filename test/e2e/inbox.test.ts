// The local SES of compose.yaml: API and worker mail through it, it shows what they sent, and the demo walks the whole
// journey with it.
import { afterAll, beforeAll, expect, it } from "vitest"
import { makeClient } from "../../tools/harness/client.ts"
import { freePort } from "../../tools/harness/kept.ts"
import { type Program, run } from "../../tools/harness/program.ts"
import { type System, startSystem } from "../../tools/harness/system.ts"
import { describeWith } from "../suite.ts"

describeWith(["mongo", "sqs", "ses"], "a system with the local inbox", (services) => {
  let inbox: Program
  let inboxUrl: string
  let system: System
  let url: string
  beforeAll(async () => {
    const port = await freePort()
    inboxUrl = `http://127.0.0.1:${port}`
    inbox = run(["tools/inbox/main.ts", String(port)], {})
    await inbox.said(/The inbox is at/u)
    system = await startSystem(services, { AWS_ENDPOINT_URL_SES: inboxUrl })
    url = (await system.startApi()).url
    await system.startWorker()
    expect((await system.cli("seed")).code).toBe(0)
  }, 60_000)
  afterAll(async () => {
    await system?.stop()
    inbox?.signal("SIGTERM")
    expect(await inbox?.ended).toBe(0)
  })

  it("carries a user from registration to the confirmation mail", async () => {
    const demo = run(["dist/programs/demo.js", "--url", url, "--mailbox", inboxUrl], {})
    expect(await demo.ended, demo.output()).toBe(0)
    expect(demo.stdout()).toContain("✔ mail: Your order")
  }, 60_000)

  it("shows the mails on a page, as the embedded mailbox does", async () => {
    const page = await makeClient(inboxUrl).get("/")
    expect([page.status, page.text.includes("<html")]).toEqual([200, true])
    const [mail] = (await makeClient(inboxUrl).get("/dev/mailbox.json")).body
    expect(mail).toEqual({
      to: expect.stringMatching(/^demo-.*@example\.com$/u),
      channel: "email",
      subject: expect.any(String),
      text: expect.any(String),
      html: expect.any(String),
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/u)
    })
  })

  it("is ready: it refuses unknown actions, and answers every request", async () => {
    expect((await makeClient(url).get("/readyz")).body.status).toBe("ready")
    const response = await fetch(inboxUrl, {
      method: "POST",
      body: new URLSearchParams({ Action: "GetSendQuota" })
    })
    expect(response.status).toBe(400)
    expect(await response.text()).toContain("<Code>InvalidAction</Code>")
  })
})
