// The limits as the contract has them: each on a system of its own, on a clock that the test moves, so that
// what the headers tell is exact.
import { TestClock } from "effect/testing"
import { assert, describe, it } from "vitest"
import type { AppOptions } from "../../src/api/app.ts"
import type { Answer } from "../../tools/harness/openapi.ts"
import { embedded } from "./embedded.ts"
import { open } from "./limitedSystem.ts"
import { eventually, expectProblem, openWorld, type Person, password, unique } from "./world.ts"

const from = (address: string) => ({ headers: { "x-forwarded-for": address } })
/** One for each number. */
const anAddress = (host: number) => from(`198.51.${100 + (host >> 8)}.${host & 255}`)

interface Rule {
  readonly q: number
  readonly w: number
  /** Seconds until more is allowed. */
  readonly t: number
}

/** Refused by this rule, as its three headers say; the client's own limit is told after it. */
const expectRefused = (answer: Answer, name: string, { q, w, t }: Rule): void => {
  expectProblem(answer, 429, "rate_limited")
  const told = (header: string) => answer.headers.get(header) ?? ""
  assert.strictEqual(told("retry-after"), String(t))
  const [policy, limit] = [`"${name}";q=${q};w=${w}`, `"${name}";r=0;t=${t}`]
  if (name === "client") {
    assert.deepStrictEqual([told("ratelimit-policy"), told("ratelimit")], [policy, limit])
    return
  }
  assert.match(told("ratelimit-policy"), new RegExp(`^${policy}, "client";q=\\d+;w=60$`, "u"))
  assert.match(told("ratelimit"), new RegExp(`^${limit}, "client";r=\\d+;t=\\d+$`, "u"))
}

const statuses = (answers: ReadonlyArray<Answer>) =>
  Object.fromEntries(
    Array.from(
      Map.groupBy(answers, ({ status }) => status),
      ([status, group]) => [status, group.length]
    )
  )

const times = <A>(count: number, body: (i: number) => Promise<A>): Promise<ReadonlyArray<A>> =>
  Promise.all(Array.from({ length: count }, (_, i) => body(i)))

/** How many messages went to an address or number, once there are as many as expected: they go out behind. */
const sentTo = async (
  { get }: Awaited<ReturnType<typeof openWorld>>,
  to: ReadonlyArray<string>,
  expected: number
): Promise<number> =>
  eventually(`${expected} messages`, async () => {
    const mailbox: ReadonlyArray<{ readonly to: string }> = (await get("/dev/mailbox.json")).json
    const sent = mailbox.filter((message) => to.includes(message.to)).length
    return sent >= expected && sent
  })

describe.each([
  { counted: "exactly", settled: false },
  { counted: "in the process", settled: true }
])("the limit of all requests, counted $counted,", ({ settled }) => {
  it("is 600 requests a minute for a client, reported with every response", async () => {
    await using limited = await open({ settled })
    const { call } = await limited.client()
    const ask = (path = "/api/products") => call("GET", path, anAddress(1))
    const first = await ask()
    assert.strictEqual(first.headers.get("ratelimit-policy"), '"client";q=600;w=60')
    assert.strictEqual(first.headers.get("ratelimit"), '"client";r=599;t=60')
    assert.isFalse(first.headers.has("retry-after"))
    await limited.pass(20)
    // Also for a path that does not exist, a caller without the right, or a request that is wrong.
    const others = [
      await ask("/api/nothing"),
      await ask("/api/orders"),
      await ask("/api/products/%ff"),
      await call("DELETE", "/api/auth/login", anAddress(1))
    ]
    assert.deepStrictEqual(
      others.map(({ status, headers }) => [status, headers.get("ratelimit")]),
      [404, 401, 400, 405].map((status, i) => [status, `"client";r=${598 - i};t=40`])
    )
    assert.deepStrictEqual(statuses(await times(600, () => ask())), { 200: 595, 429: 5 })
    expectRefused(await ask(), "client", { q: 600, w: 60, t: 40 })
    expectRefused(await ask("/api/nothing"), "client", { q: 600, w: 60, t: 40 })
    // What was refused moves no end.
    await limited.pass(39)
    expectRefused(await ask(), "client", { q: 600, w: 60, t: 1 })
    await limited.pass(1)
    assert.strictEqual((await ask()).headers.get("ratelimit"), '"client";r=599;t=60')
  })
})

describe("the limit of all requests", () => {
  /** At one request a minute, from an address that has none left. */
  const flooded = async (app: Partial<AppOptions> = {}) => {
    const limited = await open({ factor: 1 / 600, app })
    const client = await limited.client()
    const { call } = client
    assert.strictEqual((await call("GET", "/nothing", anAddress(1))).status, 404)
    expectRefused(await call("GET", "/nothing", anAddress(1)), "client", { q: 1, w: 60, t: 60 })
    return {
      ...client,
      app: limited.system.app,
      [Symbol.asyncDispose]: () => limited[Symbol.asyncDispose]()
    }
  }

  it.each([
    ...["/", "/nothing", "/metrics", "/openapi.json"],
    ...["/docs", "/docs/errors", "/docs/errors/not_found", "/docs/style.css", "/docs/nothing"],
    ...["/dev/mailbox", "/dev/mailbox.json", "/dev/mailbox.js"]
  ])("holds for GET %s", async (path) => {
    await using limited = await open({ factor: 1 / 600 })
    const { call } = await limited.client()
    const first = await call("GET", path, anAddress(1))
    assert.strictEqual(first.headers.get("ratelimit"), '"client";r=0;t=60')
    expectRefused(await call("GET", path, anAddress(1)), "client", { q: 1, w: 60, t: 60 })
    expectRefused(await call("POST", path, anAddress(1)), "client", { q: 1, w: 60, t: 60 })
  })

  it.each(["/healthz", "/readyz"])("does not hold for %s", async (path) => {
    await using system = await flooded()
    const probes = await times(5, () => system.call("GET", path, anAddress(1)))
    assert.deepStrictEqual(statuses(probes), { 200: 5 })
    assert.isFalse(probes.some(({ headers }) => headers.has("ratelimit")))
  })

  it("does not hold for /metrics with its token, but without it", async () => {
    await using system = await flooded({ metricsToken: "m-token", dev: false })
    const ask = (host: number, token: string) =>
      system.call("GET", "/metrics", { ...anAddress(host), token })
    assert.deepStrictEqual(statuses(await times(5, () => ask(1, "m-token"))), { 200: 5 })
    expectRefused(await ask(1, "m-tokem"), "client", { q: 1, w: 60, t: 60 })
    expectProblem(await ask(2, "m-tokem"), 401, "unauthorized")
    expectRefused(await ask(2, "m-tokem"), "client", { q: 1, w: 60, t: 60 })
  })

  it("counts the preflights of browsers, and the request after the last one is refused", async () => {
    const origin = "https://shop.example"
    await using system = await flooded({ corsOrigins: [origin] })
    const ask = async (method: string, from: string) =>
      await system.app.request("/api/orders", {
        method,
        headers: { ...anAddress(2).headers, origin: from, "access-control-request-method": "POST" }
      })
    for (const preflight of await times(3, () => ask("OPTIONS", origin))) {
      assert.strictEqual(preflight.status, 204)
      assert.strictEqual(preflight.headers.get("access-control-allow-origin"), origin)
      assert.include(preflight.headers.get("access-control-allow-methods"), "POST")
    }
    const refused = await ask("POST", origin)
    assert.strictEqual(refused.status, 429)
    assert.strictEqual(refused.headers.get("access-control-allow-origin"), origin)
    assert.include(refused.headers.get("access-control-expose-headers"), "Retry-After")
    assert.strictEqual((await ask("OPTIONS", "https://evil.example")).status, 429)
  })

  it("is declared by every operation except the probes", async () => {
    await using system = await flooded()
    const unlimited = system.endpoints.filter(({ operation }) => !("429" in operation.responses))
    assert.deepStrictEqual(
      unlimited.map(({ template }) => template),
      ["/healthz", "/readyz"]
    )
  })
})

describe("a client's address", () => {
  const passes = async (trust: string, ...addresses: ReadonlyArray<string>) => {
    await using limited = await open({ factor: 1 / 600, trust })
    const { call } = await limited.client()
    // The client asked for the OpenAPI document already.
    await limited.pass(60)
    const answers: Array<boolean> = []
    for (const address of addresses)
      answers.push((await call("GET", "/api/products", from(address))).status === 200)
    return answers
  }

  it("is the peer's when no proxy is trusted, for any X-Forwarded-For", async () => {
    assert.deepStrictEqual(await passes("off", "198.51.100.1", "198.51.100.2"), [true, false])
  })

  it("is what the trusted proxy appended, not what the client wrote before", async () => {
    assert.deepStrictEqual(
      await passes("1", "198.51.100.1", "198.51.100.2", "6.6.6.6, 198.51.100.1"),
      [true, true, false]
    )
  })

  it("is what the outermost of two trusted proxies appended", async () => {
    assert.deepStrictEqual(
      await passes(
        "2",
        "198.51.100.1, 203.0.113.1",
        "6.6.6.6, 198.51.100.1, 203.0.113.2",
        "198.51.100.2, 203.0.113.1"
      ),
      [true, false, true]
    )
  })

  it("is what a proxy of a trusted network appended, and the peer's outside that network", async () => {
    assert.deepStrictEqual(
      await passes("192.0.2.0/24", "198.51.100.1", "198.51.100.2", "6.6.6.6, 198.51.100.1"),
      [true, true, false]
    )
    assert.deepStrictEqual(await passes("10.0.0.0/8", "198.51.100.1", "198.51.100.2"), [
      true,
      false
    ])
  })

  it("is a /64 in IPv6", async () => {
    assert.deepStrictEqual(
      await passes(
        "1",
        "2001:db8::1",
        "2001:db8::ffff:2",
        "2001:db8:0:1::1",
        "::ffff:198.51.100.1",
        "198.51.100.1"
      ),
      [true, false, true, true, false]
    )
  })
})

describe("registrations", () => {
  const body = (email = `${unique("new")}@example.com`) => ({ email, password })

  it("are 20 an hour for a client", async () => {
    await using limited = await open()
    const { post } = await limited.world()
    const register = (i: number) => post("/api/auth/register", body(), anAddress(i))
    assert.deepStrictEqual(statuses(await times(20, () => register(1))), { 202: 20 })
    await limited.pass(600)
    expectRefused(await register(1), "registerClient", { q: 20, w: 3600, t: 3000 })
    assert.strictEqual((await register(2)).status, 202)
    await limited.pass(3000)
    assert.strictEqual((await register(1)).status, 202)
  })

  it("are five an hour for a mail address, from all clients and in any spelling", async () => {
    await using limited = await open()
    const world = await limited.world()
    const email = `${unique("popular")}@example.com`
    const register = (i: number) =>
      world.post(
        "/api/auth/register",
        body(i % 2 === 0 ? email : email.toUpperCase()),
        anAddress(i)
      )
    assert.deepStrictEqual(statuses(await times(8, register)), { 202: 5, 429: 3 })
    expectRefused(await register(9), "registerAddress", { q: 5, w: 3600, t: 3600 })
    assert.strictEqual(await sentTo(world, [email], 5), 5)
  })

  it("are five an hour for a mailbox, over all its addresses", async () => {
    await using limited = await open()
    const { post } = await limited.world()
    const name = unique("folded")
    const register = (i: number) =>
      post("/api/auth/register", { email: `${name}+${i}@gmail.com`, password }, anAddress(i))
    assert.deepStrictEqual(statuses(await times(8, register)), { 202: 5, 429: 3 })
    const forgot = (i: number) =>
      post("/api/auth/forgot-password", { email: `${name}+${i}@gmail.com` }, anAddress(7))
    assert.deepStrictEqual(statuses(await times(8, forgot)), { 202: 5, 429: 3 })
  })
})

describe("codes", () => {
  it("are five an hour for a mail address, resent codes included", async () => {
    await using limited = await open()
    const world = await limited.world()
    const email = `${unique("again")}@example.com`
    const { id } = await world.register(email)
    const resend = (i: number) =>
      world.post("/api/auth/resend-otp", { verificationId: id }, anAddress(i))
    for (let i = 0; i < 4; i++) {
      await limited.pass(60)
      assert.strictEqual((await resend(i)).status, 202)
    }
    expectRefused(await resend(5), "resend", { q: 1, w: 60, t: 60 })
    await limited.pass(60)
    expectRefused(await resend(6), "codeRecipient", { q: 5, w: 3600, t: 3300 })
    assert.strictEqual(await sentTo(world, [email], 5), 5)
  })

  const askFor = (
    { post }: Awaited<ReturnType<typeof openWorld>>,
    person: { readonly token: string },
    phone: string
  ) => post("/api/auth/phone", { phone }, { token: person.token })

  it("are five an hour for a phone number, over all clients", async () => {
    await using limited = await open()
    const world = await limited.world()
    const { ada, bob, admin } = world
    const phone = "+4915112345678"
    for (const person of [ada, bob, admin, ada, bob])
      assert.strictEqual((await askFor(world, person, phone)).status, 202)
    expectRefused(await askFor(world, admin, phone), "codeRecipient", { q: 5, w: 3600, t: 3600 })
    assert.strictEqual(await sentTo(world, [phone], 5), 5)
    await limited.pass(3600)
    const { token } = await world.login(ada.email, password)
    assert.strictEqual((await askFor(world, { token }, phone)).status, 202)
  })

  it("are 20 an hour for the 10,000 numbers around a phone number", async () => {
    await using limited = await open()
    const world = await limited.world()
    const { ada, bob } = world
    const inBlock = (i: number) => `+491511234${String(i).padStart(4, "0")}`
    const numbers = Array.from({ length: 25 }, (_, i) => inBlock(i * 397))
    const answers = await times(25, (i) => askFor(world, i % 2 === 0 ? ada : bob, numbers[i] ?? ""))
    assert.deepStrictEqual(statuses(answers), { 202: 20, 429: 5 })
    const next = await askFor(world, ada, inBlock(9999))
    expectRefused(next, "smsBlock", { q: 20, w: 3600, t: 3600 })
    assert.strictEqual((await askFor(world, ada, "+4915112350000")).status, 202)
    assert.strictEqual(await sentTo(world, numbers, 20), 20)
  })
})

describe("failed logins", () => {
  const attempts = async (limited: Awaited<ReturnType<typeof open>>) => {
    const world = await limited.world()
    return {
      ...world,
      attempt: (email: string, secret: string, i: number) =>
        world.post("/api/auth/login", { email, password: secret }, anAddress(i))
    }
  }

  it("are ten in 15 minutes for an account, over all clients, and then even the right one is refused", async () => {
    await using limited = await open()
    const { attempt, ada, bob } = await attempts(limited)
    const answers = await times(15, (i) => attempt(ada.email, "wrong", i))
    assert.deepStrictEqual(statuses(answers), { 401: 10, 429: 5 })
    await limited.pass(300)
    const refused = await attempt(ada.email.toUpperCase(), password, 100)
    expectRefused(refused, "loginAccount", { q: 10, w: 900, t: 600 })
    assert.strictEqual((await attempt(bob.email, password, 100)).status, 200)
    await limited.pass(600)
    assert.strictEqual((await attempt(ada.email, password, 100)).status, 200)
  })

  it("are ten for an address without an account too", async () => {
    await using limited = await open()
    const { attempt } = await attempts(limited)
    const answers = await times(15, (i) => attempt("nobody@example.com", "wrong", i))
    assert.deepStrictEqual(statuses(answers), { 401: 10, 429: 5 })
  })

  it("are 30 in 15 minutes for a client, over all accounts", async () => {
    await using limited = await open()
    const { attempt, ada } = await attempts(limited)
    const answers = await times(40, (i) => attempt(`${i}@example.com`, "wrong", 1))
    assert.deepStrictEqual(statuses(answers), { 401: 30, 429: 10 })
    expectRefused(await attempt(ada.email, password, 1), "loginClient", { q: 30, w: 900, t: 900 })
    assert.strictEqual((await attempt(ada.email, password, 2)).status, 200)
  })

  const another = "another correct horse"

  it("are cleared by a reset for the account, and not for the client", async () => {
    await using limited = await open()
    const { attempt, ada, post, mailAbout } = await attempts(limited)
    await times(10, () => attempt(ada.email, "wrong", 1))
    await times(20, (i) => attempt(`${i}@example.com`, "wrong", 1))
    expectRefused(await attempt(ada.email, password, 2), "loginAccount", { q: 10, w: 900, t: 900 })
    const { verificationId } = (await post("/api/auth/forgot-password", { email: ada.email })).json
    const { text } = await mailAbout(ada.email, "Your code for a new password")
    const otp = text.match(/\b\d{6}\b/u)?.[0]
    const reset = { verificationId, otp, password: another }
    assert.strictEqual((await post("/api/auth/reset-password", reset)).status, 204)
    assert.strictEqual((await attempt(ada.email, another, 2)).status, 200)
    expectRefused(await attempt(ada.email, another, 1), "loginClient", { q: 30, w: 900, t: 900 })
    const answers = await times(15, (i) => attempt(ada.email, "wrong", i + 3))
    assert.deepStrictEqual(statuses(answers), { 401: 10, 429: 5 })
  })

  it("are cleared by a change of password for the account", async () => {
    await using limited = await open()
    const { attempt, ada, post } = await attempts(limited)
    await times(9, (i) => attempt(ada.email, "wrong", i))
    const change = { password, newPassword: another }
    const changed = await post("/api/auth/change-password", change, { token: ada.token })
    assert.strictEqual(changed.status, 204, changed.text)
    const answers = await times(15, (i) => attempt(ada.email, "wrong", i + 20))
    assert.deepStrictEqual(statuses(answers), { 401: 10, 429: 5 })
  })

  it("count alone: right passwords do not count, in sequence or concurrently", async () => {
    await using limited = await open()
    const { attempt, ada } = await attempts(limited)
    for (let i = 0; i < 40; i++)
      assert.strictEqual((await attempt(ada.email, password, 1)).status, 200)
    await limited.pass(60)
    const right = await times(30, () => attempt(ada.email, password, 1))
    assert.deepStrictEqual(statuses(right), { 200: 30 })
    const answers = await times(15, () => attempt(ada.email, "wrong", 1))
    assert.deepStrictEqual(statuses(answers), { 401: 10, 429: 5 })
  })

  it("do not include fifteen concurrent right logins, from one client, fifteen, or a known device", async () => {
    await using limited = await open()
    const { attempt, ada, post } = await attempts(limited)
    assert.deepStrictEqual(statuses(await times(15, () => attempt(ada.email, password, 1))), {
      200: 15
    })
    const spread = await times(15, (i) => attempt(ada.email, password, i))
    assert.deepStrictEqual(statuses(spread), { 200: 15 })
    const known = { headers: { "x-device-token": spread[0]?.json.deviceToken } }
    const onDevice = (secret: string) => () =>
      post("/api/auth/login", { email: ada.email, password: secret }, known)
    assert.deepStrictEqual(statuses(await times(15, onDevice(password))), { 200: 15 })
    const wrong = await times(15, onDevice("wrong"))
    assert.deepStrictEqual(statuses(wrong), { 401: 10, 429: 5 })
    expectRefused(await onDevice(password)(), "loginDevice", { q: 10, w: 900, t: 900 })
    assert.strictEqual((await attempt(ada.email, password, 1)).status, 200)
  })

  it("block right passwords that are tried concurrently too", async () => {
    await using limited = await open()
    const { attempt, ada } = await attempts(limited)
    // All of them are let in, and end in the order of the guesses.
    const answers = await times(60, (i) => attempt(ada.email, i < 40 ? "wrong" : password, i))
    assert.deepStrictEqual(statuses(answers), { 401: 10, 429: 50 })
    const right = answers.slice(40)
    for (const refused of right) expectRefused(refused, "loginAccount", { q: 10, w: 900, t: 900 })
  })
})

describe("right passwords", () => {
  const logins = async (limited: Awaited<ReturnType<typeof open>>) => {
    const world = await limited.world()
    const login = (email: string, secret: string, client: number) =>
      world.post("/api/auth/login", { email, password: secret }, anAddress(client))
    return { ...world, logIn: login }
  }

  it("are 120 in 15 minutes for a client, over all accounts", async () => {
    await using limited = await open({ factor: 0.1 })
    const { logIn, ada, bob } = await logins(limited)
    for (let i = 0; i < 12; i++)
      assert.strictEqual((await logIn((i % 2 === 0 ? ada : bob).email, password, 1)).status, 200)
    const refused = await logIn(bob.email, password, 1)
    expectRefused(refused, "loginSuccessClient", { q: 12, w: 900, t: 900 })
    assert.strictEqual((await logIn(bob.email, password, 2)).status, 200)
    await limited.pass(900)
    assert.strictEqual((await logIn(bob.email, password, 1)).status, 200)
  })

  it("are 100 an hour for an account, over all clients, and strangers can't use them up", async () => {
    await using limited = await open({ factor: 0.5 })
    const { logIn, ada } = await logins(limited)
    // The first was made with the world.
    for (let i = 1; i < 50; i++)
      assert.strictEqual((await logIn(ada.email, password, i)).status, 200)
    const refused = await logIn(ada.email, password, 100)
    expectRefused(refused, "loginSuccessAccount", { q: 50, w: 3600, t: 3600 })
    await limited.pass(3600)
    for (const minutes of [0, 15, 30, 45]) {
      await times(5, (i) => logIn(ada.email, "wrong", minutes + i))
      await limited.pass(900)
    }
    for (let i = 0; i < 50; i++)
      assert.strictEqual((await logIn(ada.email, password, i)).status, 200)
  })
})

describe("attempts on codes", () => {
  it("are 60 an hour for a client", async () => {
    await using limited = await open()
    const { post } = await limited.world()
    const body = { verificationId: "0".repeat(32), otp: "123456" }
    const attempt = (i: number) => post("/api/auth/verify-otp", body, anAddress(i))
    // Twice as many bodies at the same time are too many of one client.
    const answers = [...(await times(35, () => attempt(1))), ...(await times(35, () => attempt(1)))]
    assert.deepStrictEqual(statuses(answers), { 410: 60, 429: 10 })
    expectRefused(await attempt(1), "verifyClient", { q: 60, w: 3600, t: 3600 })
    assert.strictEqual((await attempt(2)).status, 410)
  })

  it("are five for one code, at any limit factor", async () => {
    await using limited = await open({ factor: 100 })
    const { register, post } = await limited.world()
    const { id, code } = await register(`${unique("guessed")}@example.com`)
    const body = { verificationId: id, otp: code === "000000" ? "000001" : "000000" }
    const answers = await times(20, () => post("/api/auth/verify-otp", body))
    assert.deepStrictEqual(statuses(answers), { 400: 5, 429: 15 })
    const over = await post("/api/auth/verify-otp", body)
    expectProblem(over, 429, "too_many_attempts")
    // No time makes another one useful.
    assert.isFalse(over.headers.has("retry-after"))
  })
})

describe("refreshes", () => {
  it("are 60 a minute for a session", async () => {
    await using limited = await open()
    const { ada, bob, post } = await limited.world()
    const refresh = (refreshToken: string) => post("/api/auth/refresh", { refreshToken })
    let token = ada.refreshToken
    for (let i = 0; i < 60; i++) token = (await refresh(token)).json.refreshToken
    await limited.pass(10)
    expectRefused(await refresh(token), "refreshSession", { q: 60, w: 60, t: 50 })
    assert.strictEqual((await refresh(bob.refreshToken)).status, 200)
    await limited.pass(50)
    assert.strictEqual((await refresh(token)).status, 200)
  })
})

describe("orders", () => {
  it("are 120 a minute for a user", async () => {
    await using limited = await open()
    const { ada, bob, product, order } = await limited.world()
    const line = [{ sku: await product(200), quantity: 1 }]
    assert.deepStrictEqual(statuses(await times(125, () => order(ada, line))), { 201: 120, 429: 5 })
    expectRefused(await order(ada, line), "ordersUser", { q: 120, w: 60, t: 60 })
    assert.strictEqual((await order(bob, line)).status, 201)
    await limited.pass(60)
    assert.strictEqual((await order(ada, line)).status, 201)
  })
})

describe("changes of a password", () => {
  it("are ten an hour for a user, and strangers can't use them up", async () => {
    await using limited = await open()
    const { ada, bob, post } = await limited.world()
    const another = "another correct horse"
    const change = ({ token }: Person, current: string, next: string) =>
      post("/api/auth/change-password", { password: current, newPassword: next }, { token })
    for (let i = 0; i < 5; i++)
      expectProblem(await change(ada, "wrong", another), 401, "invalid_credentials")
    for (let i = 0; i < 10; i++) {
      const [current, next] = i % 2 === 0 ? [password, another] : [another, password]
      assert.strictEqual((await change(ada, current, next)).status, 204)
    }
    const refused = await change(ada, password, another)
    expectRefused(refused, "changePasswordUser", { q: 10, w: 3600, t: 3600 })
    assert.strictEqual((await change(bob, password, another)).status, 204)
  })
})

describe("audit events", () => {
  const eventsOf = async (
    { get, admin }: Awaited<ReturnType<typeof openWorld>>,
    kind: string,
    atLeast: number
  ) =>
    eventually(`${atLeast} events`, async () => {
      const path = `/api/admin/events?kind=${kind}&limit=100`
      const { items } = (await get(path, { token: admin.token })).json
      return items.length >= atLeast && items
    })

  it("of refused access are 20 an hour for a user, and the last one says so", async () => {
    await using limited = await open()
    const world = await limited.world()
    const { admin, ada, bob, get, login } = world
    const deny = ({ token }: Pick<Person, "token">) => get("/api/admin/events", { token })
    assert.deepStrictEqual(statuses(await times(30, () => deny(ada))), { 403: 30 })
    await deny(bob)
    const events = await eventsOf(world, "access_denied", 21)
    const details = (userId: string) =>
      events
        .filter((event: { actor: { userId: string } }) => event.actor.userId === userId)
        .map((event: { details: object }) => event.details)
    const quiet = Array.from({ length: 19 }, () => ({}))
    assert.deepStrictEqual(details(ada.id), [{ silentSeconds: 3600 }, ...quiet])
    assert.deepStrictEqual(details(bob.id), [{}])
    await limited.pass(3600)
    await deny(await login(ada.email, password))
    const again = await login(admin.email, admin.password)
    assert.lengthOf(await eventsOf({ ...world, admin: again }, "access_denied", 22), 22)
  })

  it("of refused access are 60 an hour for a client, over all its users", async () => {
    await using limited = await open()
    const world = await limited.world()
    const people = [world.ada, world.bob, await world.join("carol"), await world.join("dan")]
    for (const { token } of people) await times(20, () => world.get("/api/admin/events", { token }))
    const events = await eventsOf(world, "access_denied", 60)
    assert.lengthOf(events, 60)
    assert.deepStrictEqual(events[0].details, { silentSeconds: 3600 })
  })

  it("of an administrator who reads one order are one in 15 minutes", async () => {
    await using limited = await open()
    const world = await limited.world()
    const { admin, ada, get, login, order, product } = world
    const line = [{ sku: await product(2), quantity: 1 }]
    const ids = [(await order(ada, line)).json.id, (await order(ada, line)).json.id]
    const read = ({ token }: Pick<Person, "token">) =>
      times(5, (i) => get(`/api/orders/${ids[i % 2]}`, { token }))
    await read(admin)
    await limited.pass(899)
    await read(admin)
    const events = await eventsOf(world, "order_read", 2)
    assert.deepStrictEqual(
      events.map(({ details }: { details: object }) => details),
      [{ silentSeconds: 900 }, { silentSeconds: 900 }]
    )
    await limited.pass(1)
    const again = await login(admin.email, admin.password)
    await read(again)
    assert.lengthOf(await eventsOf({ ...world, admin: again }, "order_read", 4), 4)
  })
})

describe("the factor", () => {
  it("multiplies a limit, and the policy header too", async () => {
    await using limited = await open({ factor: 0.5 })
    const { ada, post } = await limited.world()
    const attempt = (i: number) =>
      post("/api/auth/login", { email: ada.email, password: "wrong" }, anAddress(i))
    assert.deepStrictEqual(statuses(await times(8, attempt)), { 401: 5, 429: 3 })
    expectRefused(await attempt(9), "loginAccount", { q: 5, w: 900, t: 900 })
  })

  it("allows a session ten wrong current passwords, which do not count as failed logins", async () => {
    await using system = await embedded({ rateLimitFactor: 1 })
    const { post, ada } = await openWorld(system)
    const change = (given: string) =>
      post(
        "/api/auth/change-password",
        { password: given, newPassword: "another correct horse" },
        { token: ada.token }
      )
    const answers = await Promise.all(Array.from({ length: 15 }, () => change("a wrong one")))
    const codes = answers.map(({ json }) => json.code)
    assert.strictEqual(codes.filter((code) => code === "invalid_credentials").length, 10)
    const refused = await change(password)
    expectProblem(refused, 429, "rate_limited")
    assert.match(refused.headers.get("ratelimit") ?? "", /^"passwordSession";r=0;/u)
    assert.strictEqual((await post("/api/auth/login", { email: ada.email, password })).status, 200)
  })

  describe("of codes", () => {
    /** A system an hour after its people came: nothing of that counts any more. */
    const quiet = async () => {
      const system = await embedded({ rateLimitFactor: 1, override: TestClock.layer() })
      const world = await openWorld(system)
      const phone = "+14155550123"
      const { token } = world.ada
      const asked = await world.post("/api/auth/phone", { phone }, { token })
      const otp = await world.codeFor(phone)
      await world.post("/api/auth/verify-otp", { verificationId: asked.json.verificationId, otp })
      await system.run(TestClock.adjust("1 hour"))
      const again = ({ email }: Person) => world.login(email, password)
      return { system, phone, ...world, ada: await again(world.ada), bob: await again(world.bob) }
    }
    const policy = ({ headers }: { readonly headers: Headers }) =>
      headers.get("ratelimit-policy")?.split(";")[0]

    it.each(["email", "sms"])(
      "allow an address five resets an hour by %s, whether it has an account or not",
      async (channel) => {
        const { system, ada, post } = await quiet()
        await using _ = system
        for (const email of [ada.email, "nobody@example.com"]) {
          const answers: Array<string | number | undefined> = []
          for (let i = 0; i < 6; i++) {
            const answer = await post("/api/auth/forgot-password", { email, channel })
            answers.push(answer.status === 202 ? 202 : policy(answer))
          }
          assert.deepStrictEqual(answers, [202, 202, 202, 202, 202, '"forgotAddress"'])
        }
      }
    )

    it("allow a client twenty resets an hour", async () => {
      const { system, post } = await quiet()
      await using _ = system
      const ask = (i: number) =>
        post("/api/auth/forgot-password", { email: `somebody-${i}@example.com` })
      for (let i = 0; i < 20; i++) assert.strictEqual((await ask(i)).status, 202)
      assert.strictEqual(policy(await ask(20)), '"forgotClient"')
    })

    it("allow a client sixty codes an hour, over all purposes", async () => {
      const { system, post, ada } = await quiet()
      await using _ = system
      const { token } = ada
      const statuses: Array<number> = []
      for (let i = 0; i < 20; i++) {
        const email = `somebody-${i}@example.com`
        const phone = `+141555502${String(i).padStart(2, "0")}`
        statuses.push(
          (await post("/api/auth/register", { email, password })).status,
          (await post("/api/auth/forgot-password", { email })).status,
          (await post("/api/auth/phone", { phone }, { token })).status
        )
      }
      assert.deepStrictEqual(new Set(statuses), new Set([202]))
      const more = await post("/api/auth/phone", { phone: "+14155550300" }, { token })
      expectProblem(more, 429, "rate_limited")
      assert.strictEqual(policy(more), '"codeClient"')
    })

    it("count a resent code too", async () => {
      const { system, post } = await quiet()
      await using _ = system
      const email = "patient@example.com"
      const { json } = await post("/api/auth/register", { email, password })
      const answers: Array<number | string | undefined> = []
      for (let i = 0; i < 5; i++) {
        await system.run(TestClock.adjust("60 seconds"))
        const answer = await post("/api/auth/resend-otp", { verificationId: json.verificationId })
        answers.push(answer.status === 202 ? 202 : policy(answer))
      }
      assert.deepStrictEqual(answers, [202, 202, 202, 202, '"codeRecipient"'])
    })

    it("do not reveal a phone's limit: a reset is answered alike, and at most five codes are sent", async () => {
      const { system, ada, phone, post, messages, mailAbout } = await quiet()
      await using _ = system
      const before = (await messages(phone)).length
      const sent = async () => (await messages(phone)).length - before
      const { json } = await post("/api/auth/login", { email: ada.email, password })
      const known = { headers: { "x-device-token": json.deviceToken } }
      const ask = (channel: string, call = {}) =>
        post("/api/auth/forgot-password", { email: ada.email, channel }, call)
      for (let i = 0; i < 5; i++) assert.strictEqual((await ask("sms")).status, 202)
      await eventually("the last code", async () => (await sent()) === 5)
      assert.strictEqual((await ask("sms", known)).status, 202)
      // Its mail, if one was sent, is there when that of a later request is.
      await ask("email", known)
      await mailAbout(ada.email, "Your code for a new password")
      assert.strictEqual(await sent(), 5)
    })

    it("do not reveal resets: codes to their phone are answered as codes to any phone", async () => {
      const { system, ada, bob, phone, post, messages } = await quiet()
      await using _ = system
      const before = (await messages(phone)).length
      for (let i = 0; i < 5; i++)
        await post("/api/auth/forgot-password", { email: ada.email, channel: "sms" })
      await eventually("the last code", async () => (await messages(phone)).length === before + 5)
      const answersFor = async (number: string) => {
        const answers: Array<number | string | undefined> = []
        for (let i = 0; i < 6; i++) {
          const answer = await post("/api/auth/phone", { phone: number }, { token: bob.token })
          answers.push(answer.status === 202 ? 202 : policy(answer))
        }
        return answers
      }
      const told = await answersFor(phone)
      assert.deepStrictEqual(told, await answersFor("+14155559876"))
      assert.deepStrictEqual(told, [202, 202, 202, 202, 202, '"codeRecipient"'])
    })

    it("do not reveal resets over a block of numbers either", async () => {
      const { system, ada, bob, phone, post, messages } = await quiet()
      await using _ = system
      const before = (await messages(phone)).length
      await post("/api/auth/forgot-password", { email: ada.email, channel: "sms" })
      await eventually("the code", async () => (await messages(phone)).length === before + 1)
      const answers: Array<number | string | undefined> = []
      for (let i = 0; i < 21; i++) {
        const number = `+1415555${String(2000 + i)}`
        const answer = await post("/api/auth/phone", { phone: number }, { token: bob.token })
        answers.push(answer.status === 202 ? 202 : policy(answer))
      }
      assert.deepStrictEqual(answers, [...Array.from({ length: 20 }, () => 202), '"smsBlock"'])
    })
  })
})
