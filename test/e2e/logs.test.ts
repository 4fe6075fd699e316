// That real processes, with all that they could log logged, log nothing of what clients send: API and
// worker on real services, also while those are away, and `npm run dev`.
import { expect, it } from "vitest"
import type { Operation } from "../../src/api/contract/operation.ts"
import { operationsOf } from "../../src/api/openapi.ts"
import { makeClient } from "../../tools/harness/client.ts"
import { programs } from "../../tools/harness/deployment.ts"
import { startMongo } from "../../tools/harness/mongo.ts"
import { run } from "../../tools/harness/program.ts"
import { mailboxText } from "../../tools/harness/setUp.ts"
import { startSystem } from "../../tools/harness/system.ts"
import { until } from "../../tools/harness/until.ts"
import { makeCanaries } from "../canaries/canaries.ts"
import { type Tokens, walker } from "../canaries/walk.ts"
import { describeWith } from "../suite.ts"

/** All pages of the audit events, without the reasons that administrators gave: those stay in the event. */
const readEvents = async (url: string, token: string | undefined): Promise<string> => {
  const { get } = makeClient(url, token)
  let text = ""
  for (let query = "limit=100"; ; ) {
    const page = await get(`/api/admin/events?${query}`)
    expect(page.status).toBe(200)
    for (const { details, ...event } of page.body.items) {
      const { reason: _, ...others } = details
      text += JSON.stringify({ ...event, details: others })
    }
    if (page.body.nextCursor === null) return text
    query = `limit=100&cursor=${page.body.nextCursor}`
  }
}

/** A fourth of the mistakes with each operation, so that every kind of mistake is made; four at a time. */
const misuseAll = (
  { mistakes, send }: ReturnType<typeof walker>,
  operations: ReadonlyArray<Operation>,
  tokens: Tokens
) => {
  const left = operations.entries()
  const lane = async () => {
    for (const [n, operation] of left)
      for (const [m, mistake] of mistakes(operation, tokens).entries())
        if (m % 4 === n % 4) await send(...mistake)
  }
  return Promise.all(Array.from({ length: 4 }, lane))
}

describeWith(["sqs", "ses"], "the processes", (services) => {
  it.concurrent("log nothing that a client sent, on real services and without them", async () => {
    const mongo = await startMongo()
    const system = await startSystem({ ...services, mongo: mongo.address }, { LOG_LEVEL: "trace" })
    try {
      const api = await system.startApi()
      const worker = await system.startWorker()
      const canaries = makeCanaries()
      const { email } = await system.signUp(api.url, "admin", "admin")
      const admin = { email, password: "correct horse battery staple" }
      const sentTo = async (to: string) => {
        if (!to.includes("@")) return undefined
        const [mail] = await system.mails.inbox({ to, atLeast: 1 })
        return mail?.text
      }
      const walk = walker({ fetch, origin: api.url, admin, sentTo }, canaries)
      const { journey, use } = walk
      const operations = operationsOf({ mailbox: false, openMetrics: false })
      const tokens = await journey()
      await misuseAll(walk, operations, tokens)
      await until(
        "confirmed",
        async () => worker.program.output(),
        (log) => /mails of orders sent/u.test(log)
      )
      const events = await readEvents(api.url, tokens[1])
      expect(events).toContain("address_proven")
      expect(canaries.leaks(events)).toEqual([])

      const useAll = (all: Tokens) =>
        Promise.all(operations.map((operation) => use(operation, all)))
      await system.redis.crash()
      await journey(tokens)
      await useAll(tokens)
      for (const node of mongo.nodes) await node.crash()
      await useAll(tokens)
      const log = api.program.output() + worker.program.output()
      expect(log).toContain("Redis is away")
      expect(log).toContain("dependency unavailable")
      expect(canaries.leaks(log)).toEqual([])
    } finally {
      await system.stop()
      await mongo.stop()
    }
  }, 180_000)
})

it.concurrent("`npm run dev` logs nothing that a client sent", async () => {
  const password = "the admin's password"
  const program = run(programs.dev, {
    HOST: "127.0.0.1",
    PORT: "0",
    LOG_LEVEL: "trace",
    LOG_FORMAT: "pretty",
    RATE_LIMIT_FACTOR: "100000",
    DEV_ADMIN_PASSWORD: password
  })
  try {
    const [, port] = await program.said(/API +http:\/\/localhost:(\d+)\/api/u)
    const origin = `http://127.0.0.1:${port}`
    const sentTo = (to: string) => mailboxText(origin, to)
    const canaries = makeCanaries()
    const walk = walker(
      { fetch, origin, admin: { email: "admin@example.com", password }, sentTo },
      canaries
    )
    const tokens = await walk.journey()
    await misuseAll(walk, operationsOf({ mailbox: true, openMetrics: false }), tokens)
    const events = await readEvents(origin, tokens[1])
    expect(events).toContain("phone_changed")
    expect(program.output()).toContain("login_failed")
    expect(program.output()).toMatch(/mails of orders sent/u)
    expect(canaries.leaks(events)).toEqual([])
    expect(canaries.leaks(program.output())).toEqual([])
  } finally {
    program.signal("SIGTERM")
    await program.ended
  }
}, 120_000)
