// The limits as the contract has them: each on a system of its own.
import { assert, describe, it } from "vitest"
import type { AppOptions } from "../../src/api/app.ts"
import { embedded } from "./embedded.ts"
import { connect } from "./target.ts"
import { expectProblem, openWorld, password } from "./world.ts"

const behindOneProxy: Partial<AppOptions> = { trustProxy: { _tag: "Hops", hops: 1 } }
const from = (address: string) => ({ headers: { "x-forwarded-for": address } })

describe("limits", () => {
  it("allows a client 600 requests a minute, and says what is left", async () => {
    await using system = await embedded({ rateLimitFactor: 1 })
    const { call } = await connect(system)
    const answers = await Promise.all(
      Array.from({ length: 601 }, () => call("GET", "/api/products"))
    )
    const refused = answers.filter(({ status }) => status === 429)
    assert.strictEqual(refused.length, 1)
    const [answer] = refused
    if (answer === undefined) return
    expectProblem(answer, 429, "rate_limited")
    const wait = Number(answer.headers.get("retry-after"))
    assert.isTrue(wait > 0 && wait <= 60, `Retry-After: ${wait}`)
    assert.strictEqual(answer.headers.get("ratelimit-policy"), '"client";q=600;w=60')
    assert.strictEqual(answer.headers.get("ratelimit"), `"client";r=0;t=${wait}`)
    expectProblem(await call("GET", "/api/nothing"), 429, "rate_limited")
    assert.strictEqual((await call("GET", "/healthz")).status, 200)
  })

  it("counts clients apart behind a proxy, and a /64 as one", async () => {
    await using system = await embedded({ rateLimitFactor: 1 / 600, app: behindOneProxy })
    const { call } = await connect(system)
    const ask = async (address: string) =>
      (await call("GET", "/api/products", from(address))).status
    assert.deepStrictEqual(
      [
        await ask("198.51.100.1"),
        await ask("198.51.100.2"),
        await ask("198.51.100.1"),
        await ask("spoofed, 198.51.100.1"),
        await ask("2001:db8::1"),
        await ask("2001:db8::2"),
        await ask("2001:db8:0:1::1")
      ],
      [200, 200, 429, 429, 200, 429, 200]
    )
  })

  it("believes nobody's X-Forwarded-For where no proxy is trusted", async () => {
    await using system = await embedded({ rateLimitFactor: 1 / 600 })
    const { call } = await connect(system)
    await call("GET", "/api/products", from("198.51.100.1"))
    const answer = await call("GET", "/api/products", from("198.51.100.2"))
    expectProblem(answer, 429, "rate_limited")
  })

  it("allows ten wrong passwords for an account, from wherever they come", async () => {
    await using system = await embedded({ rateLimitFactor: 1, app: behindOneProxy })
    const { post, ada } = await openWorld(system)
    const attempt = (secret: string, i: number) =>
      post("/api/auth/login", { email: ada.email, password: secret }, from(`198.51.100.${i}`))
    const answers = await Promise.all(Array.from({ length: 15 }, (_, i) => attempt("wrong", i)))
    const codes = answers.map(({ json }) => json.code)
    assert.strictEqual(codes.filter((code) => code === "invalid_credentials").length, 10)
    const refused = await attempt(password, 100)
    expectProblem(refused, 429, "rate_limited")
    assert.match(refused.headers.get("ratelimit") ?? "", /^"loginAccount";r=0;t=\d+, "client";/u)
    assert.isAbove(Number(refused.headers.get("retry-after")), 60)
  })

  it("does not count right passwords", async () => {
    await using system = await embedded({ rateLimitFactor: 1 })
    const { login, ada } = await openWorld(system)
    for (let i = 0; i < 40; i++) await login(ada.email, password)
  })

  it("allows a user 120 orders a minute", async () => {
    await using system = await embedded({ rateLimitFactor: 1 })
    const { ada, bob, product, order } = await openWorld(system)
    const sku = await product(200)
    const line = [{ sku, quantity: 1 }]
    const answers = await Promise.all(Array.from({ length: 121 }, () => order(ada, line)))
    assert.strictEqual(answers.filter(({ status }) => status === 201).length, 120)
    assert.strictEqual((await order(bob, line)).status, 201)
  })

  it("sends at most five codes an hour to one address", async () => {
    await using system = await embedded({ rateLimitFactor: 1 })
    const { post } = await openWorld(system)
    const body = { email: "popular@example.com", password }
    const statuses: Array<number> = []
    for (let i = 0; i < 6; i++) statuses.push((await post("/api/auth/register", body)).status)
    assert.deepStrictEqual(statuses, [202, 202, 202, 202, 202, 429])
  })
})
