// The command line as an operator meets it: help, wrong words, orders, imports and the doctor, by what it writes where
// and by its exit codes.
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createConnection } from "mongoose"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { callCli } from "../../tools/harness/commandLine.ts"
import { runCli } from "../../tools/harness/deployment.ts"
import { freePort } from "../../tools/harness/kept.ts"
import { stockUp } from "../../tools/harness/setUp.ts"
import { type System, startSystem } from "../../tools/harness/system.ts"
import { until } from "../../tools/harness/until.ts"
import { describeWith } from "../suite.ts"

describe("without any setting", { concurrent: true }, () => {
  const cli = (...args: ReadonlyArray<string>) => callCli({}, ...args)

  it("help is on standard output and exits with 0, for every way to request it", async () => {
    const answers = await Promise.all([runCli({}, "--help"), cli("--help"), cli("-h"), cli("help")])
    for (const { code, output, stdout } of answers) {
      expect(code).toBe(0)
      expect(stdout).toBe(output)
      expect(stdout).toContain("dead-letters redrive [ID…]")
      expect(stdout).toContain("--yes")
    }
    const one = await cli("orders", "cancel", "--help")
    expect(one).toMatchObject({ code: 0 })
    expect(one.stdout).toContain("orders cancel ID")
    expect(one.stdout).not.toContain("migrate")
    expect(one.stdout).toMatch(/^ +--status STATUS +pending, confirmed,/mu)
  }, 60_000)

  it.each([
    [["migrat"], 'The nearest is "migrate".'],
    [["ordres", "shwo", "1"], 'The nearest is "orders show".'],
    [["help", "migrat"], 'The nearest is "migrate".'],
    [["migrate", "--jsn"], "The nearest is --json."],
    [["migrate", "--all"], '"migrate" takes nothing.'],
    [["orders", "list", "--statsu", "pending"], "The nearest is --status."],
    [["orders", "list", "--status"], "--status takes STATUS."],
    [["orders", "list", "--status", "--json"], "--status takes STATUS."],
    [["orders", "list", "--reason", "none"], '"orders list" takes [FILTERS].'],
    [["users", "disable", "1"], '"users disable" takes USER REASON.'],
    [["user", "lits"], 'The nearest is "users list".'],
    [["orders", "fail", "1"], '"orders fail" takes ID REASON.'],
    [[], "A command is missing."]
  ])("a wrong word is named, with exit code 2: %j", async (args, sentence) => {
    const { code, output, stdout } = await cli(...args)
    expect(code).toBe(2)
    expect(output).toContain(sentence)
    expect(output).toContain("Usage: order-processing COMMAND")
    expect(stdout).toBe("")
  })

  it("a process exits with 2 for a wrong word, and says how it is called", async () => {
    const { code, output, stdout } = await runCli({}, "migrat")
    expect(code).toBe(2)
    expect(output).toMatch(/^There is no command "migrat"\. The nearest is "migrate"\.$/mu)
    expect(output).toContain("Usage: node dist/programs/cli.js COMMAND")
    expect(stdout).toBe("")
  })

  it("the doctor names what is missing, checks the rest, and exits with 1", async () => {
    const { code, output, stdout } = await runCli({}, "doctor", "--no-json")
    expect(code).toBe(1)
    for (const name of ["MONGO_URI", "REDIS_HOST", "AWS_SQS_QUEUE_URL", "SES_SENDER_EMAIL"])
      expect(stdout).toMatch(new RegExp(`^failure +settings +variables +${name} is missing$`, "mu"))
    expect(stdout).toContain("mend: it should be the URI of a MongoDB replica set")
    expect(stdout).toMatch(/^ok +Twilio/mu)
    expect(output).toMatch(/^\d+ of these have to be mended\.$/mu)
  })

  it("an unavailable database is reported in a sentence, without a stack trace", async () => {
    const MONGO_URI = `mongodb://ada:hunter2@127.0.0.1:${await freePort()}/orders`
    const { code, output, stdout } = await runCli({ MONGO_URI }, "stock", "audit")
    expect(code).toBe(1)
    expect(output).toMatch(
      /^MongoDB does not answer: is it up, and does MONGO_URI lead to it\? `node dist\/programs\/cli\.js doctor` says more\.$/mu
    )
    expect(output).not.toMatch(/^\s+at /mu)
    expect(output).not.toContain("hunter2")
    expect(stdout).toBe("")
  }, 60_000)
})

describeWith(["mongo", "sqs", "ses"], "on a system", (services) => {
  let system: System
  let folder: string
  let api: string
  let admin: Awaited<ReturnType<System["signUp"]>>
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "cli-"))
    system = await startSystem(services)
    api = (await system.startApi()).url
    admin = await system.signUp(api, "admin", "admin")
    await stockUp(admin.client, { lamp: 100, mug: 10 })
  }, 120_000)
  afterAll(async () => {
    await system?.stop()
    await rm(folder, { recursive: true })
  })

  const place = async (): Promise<string> => {
    const items = [{ sku: "lamp", quantity: 2 }]
    return (await admin.client.post("/api/orders", { items })).body.id
  }
  const read = async (id: string) => (await admin.client.get(`/api/orders/${id}`)).body
  const available = async (sku: string) =>
    (await admin.client.get(`/api/products/${sku}`)).body.available
  const events = async (kind: string) =>
    (await admin.client.get(`/api/admin/events?kind=${kind}`)).body.items
  const answerOf = async (...args: ReadonlyArray<string>) => {
    const { code, output, stdout } = await system.cli(...args)
    expect(code, output).toBe(0)
    return JSON.parse(stdout)
  }

  it("an order is shown as JSON in a pipe, and as tables with --no-json", async () => {
    const id = await place()
    expect(await answerOf("orders", "show", id)).toEqual({
      ...(await read(id)),
      needsAttention: null
    })
    const piped = await runCli(system.env, "orders", "show", id)
    expect(piped.code, piped.output).toBe(0)
    expect(JSON.parse(piped.stdout).id).toBe(id)
    const { code, stdout } = await system.cli("orders", "show", id, "--no-json")
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`^order +${id}$`, "mu"))
    expect(stdout).toMatch(/^lamp +Thing +2 +€2\.50$/mu)
    const seen = await events("order_read")
    expect(seen).toContainEqual(
      expect.objectContaining({
        actor: { type: "cli" },
        subject: { orderId: id, userId: expect.any(String) }
      })
    )
  }, 60_000)

  it("an order is cancelled only after a yes, its stock is returned, and readers see it", async () => {
    const before = await available("lamp")
    const id = await place()
    await read(id)
    const unasked = await runCli(system.env, "orders", "cancel", id)
    expect(unasked).toMatchObject({ code: 2, stdout: "" })
    expect(unasked.output).toContain("say --yes")
    expect((await read(id)).status).toBe("pending")
    const order = await answerOf("orders", "cancel", id, "ordered", "twice", "--yes")
    expect(order).toMatchObject({ id, status: "cancelled" })
    const { status, timeline } = await read(id)
    expect([status, timeline.at(-1).reason]).toEqual(["cancelled", "ordered twice"])
    expect(await available("lamp")).toBe(before)
    expect(await events("order_cancelled")).toContainEqual(
      expect.objectContaining({ actor: { type: "cli" } })
    )
    const again = await system.cli("orders", "cancel", id, "--yes")
    expect(again.code).toBe(1)
    expect(again.output).toContain(`The order ${id} is cancelled: it can't be cancelled.`)
  }, 60_000)

  it("an order is marked as failed with a reason", async () => {
    const id = await place()
    const { number } = await read(id)
    const flag = { reason: "it cannot be confirmed", at: new Date("2026-02-03T04:05:06.789Z") }
    const connection = await createConnection(system.env["MONGO_URI"] ?? "").asPromise()
    try {
      const orders = connection.collection<{ _id: string }>("orders")
      await orders.updateOne({ _id: id }, { $set: { needsAttention: flag } })
    } finally {
      await connection.close()
    }
    const flagged = await system.cli("orders", "show", number, "--no-json")
    expect(flagged.stdout).toMatch(
      /^attention +since 2026-02-03T04:05:06\.789Z: it cannot be confirmed$/mu
    )
    const order = await answerOf("orders", "fail", number, "lost", "by", "the", "carrier", "-y")
    expect(order.status).toBe("failed")
    expect((await read(id)).timeline.at(-1).reason).toBe("lost by the carrier")
  }, 60_000)

  it("orders are listed by the filters of the API, page by page", async () => {
    const ids = [await place(), await place(), await place()]
    const byApi = async (query: string) =>
      (await admin.client.get(`/api/admin/orders?${query}`)).body
    const filters = ["--email", admin.email, "--status", "pending"]
    const found = await answerOf("orders", "list", ...filters, "--limit", "3")
    expect(found).toEqual(
      await byApi(`email=${encodeURIComponent(admin.email)}&status=pending&limit=3`)
    )
    expect(found.items.map(({ id }: { readonly id: string }) => id)).toEqual(ids.toReversed())
    const first = await answerOf("orders", "list", "--sku", "lamp", "--limit", "1")
    const cursor = ["--cursor", first.nextCursor]
    const second = await answerOf("orders", "list", "--sku", "lamp", "--limit", "1", ...cursor)
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual([ids[2], ids[1]])

    const { code, stdout } = await system.cli("orders", "list", "--limit", "1", "--no-json")
    expect(code).toBe(0)
    const { number } = await read(ids[2] ?? "")
    expect(stdout).toMatch(/^NUMBER +ID +PLACED +STATUS +MAIL +TOTAL +NEEDS ATTENTION$/mu)
    expect(stdout).toMatch(
      new RegExp(`^${number} +${ids[2]} +\\S+Z +pending +waiting +€5\\.00$`, "mu")
    )
    expect(stdout).toContain(`1 orders; more follow: --cursor ${first.nextCursor}`)
    const none = await system.cli("orders", "list", "--attention", "--no-json")
    expect(none).toMatchObject({ code: 0, stdout: "0 orders\n" })
    const shown = await answerOf("orders", "show", number.toLowerCase().replace("-", ""))
    expect(shown.id).toBe(ids[2])
  }, 60_000)

  it("filters that no search accepts are reported", async () => {
    const wrong = await system.cli("orders", "list", "--status", "open", "--limit", "1000")
    expect(wrong).toMatchObject({ code: 2, stdout: "" })
    expect(wrong.output).toMatch(/--status Invalid option.*--limit must be a whole number/u)
    const wide = await system.cli("orders", "list", "--sku", "lamp", "--status", "pending")
    expect(wide).toMatchObject({ code: 1, stdout: "" })
    expect(wide.output).toContain("add --from, at most 31 days before --to")
  }, 60_000)

  it("a user is found, disabled with a reason, and enabled again", async () => {
    const { email, password, client } = await system.signUp(api, "eve")
    const listed = await answerOf("users", "list", email.toUpperCase())
    expect(listed).toMatchObject({ items: [{ email, role: "user", disabled: null }] })
    const { id } = listed.items[0]
    const page = await system.cli("users", "list", "--limit", "1", "--no-json")
    expect(page.stdout).toMatch(new RegExp(`^${id} +${email} +user +\\S+ +enabled$`, "mu"))
    expect(page.stdout).toContain("1 users; more follow: --cursor ")
    expect(await answerOf("users", "show", email)).toEqual(
      (await admin.client.get(`/api/admin/users/${id}`)).body
    )
    const { user } = await answerOf("users", "disable", email, "a", "stolen", "password")
    expect(user.disabled.reason).toBe("a stolen password")
    const shown = await system.cli("users", "show", id, "--no-json")
    expect(shown.stdout).toMatch(/^access +disabled since \S+: a stolen password$/mu)
    const login = await client.post("/api/auth/login", { email, password })
    expect(login.status).toBe(401)
    await answerOf("users", "enable", id, "it is hers")
    expect(await events("account_disabled")).toContainEqual(
      expect.objectContaining({
        actor: { type: "cli" },
        subject: { userId: id },
        details: expect.objectContaining({ reason: "a stolen password" })
      })
    )
    const last = await system.cli("users", "disable", admin.email, "a test")
    expect(last.code).toBe(1)
    expect(last.output).toContain("No admin would be left")
    for (const taken of [
      ["admin", "revoke"],
      ["support", "grant"]
    ]) {
      const { code, output } = await system.cli(...taken, admin.email, "--yes")
      expect(code).toBe(1)
      expect(output).toContain("No admin would be left")
      expect(await answerOf("users", "show", admin.email)).toMatchObject({
        user: { role: "admin" }
      })
    }
    const nobody = await system.cli("users", "show", "nobody@example.com")
    expect(nobody.code).toBe(1)
    expect(nobody.output).toContain("No account has the address nobody@example.com")
    const malformed = await system.cli("users", "show", "4711")
    expect(malformed.code).toBe(2)
  }, 60_000)

  it("the role support is granted and revoked", async () => {
    const { email } = await system.signUp(api, "sue")
    expect(await answerOf("support", "grant", email)).toMatchObject({ email, role: "support" })
    const { stdout } = await system.cli("users", "list", email, "--no-json")
    expect(stdout).toMatch(/ support /u)
    expect(await answerOf("admin", "revoke", email)).toMatchObject({ role: "user" })
    expect(await events("role_granted")).toContainEqual(
      expect.objectContaining({
        actor: { type: "cli" },
        details: { before: { role: "user" }, after: { role: "support" } }
      })
    )
  }, 60_000)

  it("an unknown order is reported in a sentence", async () => {
    const unknown = "0".repeat(32)
    const missing = await system.cli("orders", "resend", unknown)
    expect(missing).toMatchObject({ code: 1, stdout: "" })
    expect(missing.output).toMatch(new RegExp(`^There is no order ${unknown}\\.$`, "mu"))
    const malformed = await system.cli("orders", "show", "4711")
    expect(malformed.code).toBe(2)
    expect(malformed.output).toContain('"4711" is no id of an order')
  }, 60_000)

  const fileOf = async (name: string, ...lines: ReadonlyArray<string>): Promise<string> => {
    const file = join(folder, name)
    await writeFile(file, ["sku,delta,reason", ...lines, ""].join("\n"))
    return file
  }

  it("a file of stock is checked, imported, and not imported twice", async () => {
    const [lamps, mugs] = [await available("lamp"), await available("mug")]
    const file = await fileOf("good.csv", "lamp,5,delivery", 'mug,-10,"broken, all"')
    const tried = await answerOf("stock", "import", file, "--dry-run")
    expect(tried).toEqual({ file, imported: 0, importedBefore: 0, left: 2 })
    expect(await available("lamp")).toBe(lamps)
    expect(await answerOf("stock", "import", file)).toMatchObject({ imported: 2 })
    expect(await answerOf("stock", "import", file)).toMatchObject({
      imported: 0,
      importedBefore: 2
    })
    expect([await available("lamp"), await available("mug")]).toEqual([lamps + 5, mugs - 10])
    expect(await system.cli("stock", "audit")).toMatchObject({ code: 0 })
    expect(await events("stock_adjusted")).toContainEqual(
      expect.objectContaining({
        actor: { type: "cli" },
        details: expect.objectContaining({ delta: -10 })
      })
    )
  }, 60_000)

  it("mistakes in a file are reported line by line, and nothing changes", async () => {
    const lamps = await available("lamp")
    const read = await system.cli(
      "stock",
      "import",
      await fileOf("bad.csv", "lamp,1,x", "lamp,0,x", "lamp")
    )
    expect(read).toMatchObject({ code: 1, stdout: "" })
    expect(read.output).toMatch(/^ {2}line 3: delta: must not be 0$/mu)
    expect(read.output).toMatch(/^ {2}line 4: it has 1 cells/mu)
    const shop = await fileOf("shop.csv", "lamp,1,x", "nowhere,1,x", "lamp,-1000000,x")
    const checked = await system.cli("stock", "import", shop)
    expect(checked.code).toBe(1)
    expect(checked.output).toContain("line 3: no product nowhere is in the catalogue")
    expect(checked.output).toContain(`line 4: of lamp only ${lamps + 1} are in stock by then`)
    expect(await available("lamp")).toBe(lamps)
    const none = await system.cli("stock", "import", join(folder, "none.csv"))
    expect(none.code).toBe(1)
    expect(none.output).toMatch(/none\.csv can't be read: ENOENT/u)
  }, 60_000)

  it("the doctor finds no problem in a healthy system, and changes nothing", async () => {
    const { code, output, stdout } = await runCli(system.env, "doctor")
    expect(code, output).toBe(0)
    const findings: ReadonlyArray<Record<string, string>> = JSON.parse(stdout)
    const states = Object.fromEntries(
      findings.map(({ part, check, state }) => [`${part} ${check}`, state])
    )
    expect(states).toEqual({
      "settings variables": "ok",
      "MongoDB answers": "ok",
      "MongoDB topology": "ok",
      "MongoDB version": "ok",
      "MongoDB indexes": "ok",
      // Servers of the tests ask for no password.
      "MongoDB rights": "warning",
      "MongoDB transactions": "ok",
      "this machine clock": "ok",
      "Redis answers": "ok",
      "Redis version": "ok",
      // Nor are they bounded.
      "Redis memory": "warning",
      "SQS order queue": "ok",
      "SQS attributes": "ok",
      "SQS rights": "ok",
      "SQS dead letters": "ok",
      // This SES knows no such questions.
      "SES quota": "warning",
      "SES sending": "warning",
      "SES sender": "warning",
      "Twilio account": "ok"
    })
    for (const { state, mend } of findings) if (state !== "ok") expect(mend).toBeTruthy()
    for (const secret of ["ACCESS_TOKEN_SECRET", "JWT_SECRET", "MONGO_URI"])
      expect(output).not.toContain(system.env[secret])
  }, 60_000)

  it("the doctor says how to repair each unavailable dependency, and that the others are healthy", async () => {
    const nowhere = `http://127.0.0.1:${await freePort()}`
    const env = {
      ...system.env,
      REDIS_PORT: String(await freePort()),
      AWS_ENDPOINT_URL_SQS: nowhere,
      MONGO_URL: "mongodb://hunter2"
    }
    const { code, stdout } = await callCli({ ...env, MONGO_URI: "" }, "doctor", "--no-json")
    expect(code).toBe(1)
    expect(stdout).toMatch(/^warning +settings .*MONGO_URL \(MONGO_URI\)/mu)
    expect(stdout).toMatch(/^failure +MongoDB +settings +not looked at: MONGO_URI is missing$/mu)
    expect(stdout).toMatch(/^failure +Redis +answers +Redis does not answer: ECONNREFUSED$/mu)
    expect(stdout).toMatch(/^failure +SQS +order queue/mu)
    expect(stdout).toMatch(/^warning +SES +quota/mu)
    expect(stdout).not.toContain("hunter2")
    const bare = await callCli(
      { ...system.env, MONGO_URI: `${system.env["MONGO_URI"]}`.replace("/test-", "/bare-") },
      "doctor",
      "--no-json"
    )
    expect(bare.code).toBe(1)
    expect(bare.stdout).toMatch(
      /^failure +MongoDB +indexes +indexes are missing: .*\n +mend: order-processing migrate$/mu
    )
  }, 60_000)

  it("a change is kept while Redis is unavailable, and a sentence says how long the cache may be stale", async () => {
    const id = await place()
    await system.startWorker()
    await until(
      `${id} is mailed`,
      () => read(id),
      ({ confirmation }) => confirmation.state === "sent"
    )
    await system.redis.crash()
    try {
      const { code, output, stdout } = await runCli(system.env, "orders", "fulfil", id)
      expect(code, output).toBe(0)
      expect(JSON.parse(stdout)).toMatchObject({ id, status: "fulfilled" })
      expect(output).toContain("Redis did not take it")
      expect(output).toContain("for 10 minutes at most")
      const shown = await system.cli("orders", "show", id)
      expect(JSON.parse(shown.stdout).status).toBe("fulfilled")
    } finally {
      await system.redis.restart()
    }
  }, 120_000)
})
