// What the client makes of calls and answers: requests, repeats, problems, pages. Time is the test's.
import { afterEach, assert, beforeEach, describe, it, vi } from "vitest"
import {
  ConnectionError,
  isProblem,
  items,
  ProblemError,
  pages,
  UnexpectedAnswer
} from "../../src/entries/client.ts"
import { fakeApi, json, problem, silence, tokens } from "./fakeApi.ts"

beforeEach(() => {
  vi.useFakeTimers()
  return () => vi.useRealTimers()
})
afterEach(() => {
  vi.restoreAllMocks()
})

/** Lets time pass until a promise has ended; how long that took, in milliseconds. */
const timed = async <A>(
  work: Promise<A>
): Promise<{ readonly result: A; readonly took: number }> => {
  const began = Date.now()
  let isOver = false
  const settled = work.finally(() => {
    isOver = true
  })
  settled.catch(() => undefined)
  while (!isOver) await vi.advanceTimersByTimeAsync(10)
  return { result: await settled, took: Date.now() - began }
}

const rejected = async (work: Promise<unknown>) => {
  const began = Date.now()
  const { result } = await timed(
    work.then(
      () => assert.fail("it succeeded"),
      (error: unknown) => error
    )
  )
  return { error: result, took: Date.now() - began }
}

describe("a call", () => {
  it("puts parameters into the path, a query or a body as its operation has them", async () => {
    const api = fakeApi([
      json({}),
      json({ items: [] }),
      json({}),
      new Response(null, { status: 204 })
    ])
    await api.client.getProduct({ sku: "a/b c" })
    await api.client.listProducts({ q: "kaffee & tee", limit: 5, cursor: undefined })
    await api.client.putProduct({ sku: "mug", name: "Mug", unitPrice: 1, currency: "EUR" })
    assert.isUndefined(await api.client.removeProduct({ sku: "mug" }))
    assert.deepStrictEqual(api.asked(), [
      "GET /api/products/a%2Fb%20c",
      "GET /api/products?q=kaffee+%26+tee&limit=5",
      "PUT /api/products/mug",
      "DELETE /api/products/mug"
    ])
    assert.strictEqual(
      await api.requests[2]?.text(),
      '{"name":"Mug","unitPrice":1,"currency":"EUR"}'
    )
    assert.strictEqual(api.header("content-type")[2], "application/json")
  })

  it("has a body also when the body is empty", async () => {
    const api = fakeApi([json({})])
    await api.client.cancelOrder({ id: "o" })
    assert.deepStrictEqual(await api.bodies(), [{}])
  })

  it("keeps the path of its base URL", async () => {
    const api = fakeApi([json({})], { url: "https://shop.test/eu//" })
    await api.client.getProduct({ sku: "mug" })
    assert.deepStrictEqual(api.asked(), ["GET /eu/api/products/mug"])
  })
})

describe("a refusal", () => {
  it("is an error with its problem document, typed by its code", async () => {
    const items = [{ sku: "mug", requested: 2, available: 1 }]
    const api = fakeApi([problem("out_of_stock", 409, { items })])
    const { error } = await rejected(
      api.client.placeOrder({ items: [{ sku: "mug", quantity: 2 }] })
    )
    assert.instanceOf(error, ProblemError)
    assert.isFalse(isProblem(error, "unknown_sku"))
    if (!isProblem(error, "out_of_stock", "rate_limited")) return assert.fail("of another code")
    // The compiler knows the members of the code that was asked for.
    if (error.code === "out_of_stock") assert.strictEqual(error.problem.status, 409)
    if (isProblem(error, "out_of_stock")) assert.strictEqual(error.problem.items[0]?.available, 1)
    assert.include(error.message, "out_of_stock, request r-1")
    return undefined
  })

  it("of a proxy is an unexpected answer", async () => {
    const api = fakeApi([new Response("<h1>Bad Request</h1>", { status: 400 })])
    const { error } = await rejected(api.client.listProducts())
    assert.instanceOf(error, UnexpectedAnswer)
    assert.strictEqual(error.status, 400)
    assert.include(error.message, "<h1>Bad Request</h1>")
  })

  it("is also a 200 response without JSON, which is not retried", async () => {
    const api = fakeApi([new Response("<h1>Log in to the Wi-Fi</h1>")])
    assert.instanceOf((await rejected(api.client.listProducts())).error, UnexpectedAnswer)
  })
})

describe("a request is sent again", () => {
  it("after the Retry-After that the API asks for, plus a little", async () => {
    const busy = problem("unavailable", 503, { headers: { "retry-after": "2" } })
    const api = fakeApi([busy, json({ items: [] })])
    const { took } = await timed(api.client.listProducts())
    assert.isAtLeast(took, 2000 + 125)
    assert.isAtMost(took, 2000 + 250 + 10)
  })

  it("after a Retry-After that is a date", async () => {
    const at = new Date(Date.now() + 3000).toUTCString()
    const api = fakeApi([
      problem("unavailable", 503, { headers: { "retry-after": at } }),
      json({ items: [] })
    ])
    const { took } = await timed(api.client.listProducts())
    assert.isAtLeast(took, 2000 + 125)
    assert.isAtMost(took, 3000 + 250 + 10)
  })

  it("at most four times, with exponential back-off and jitter", async () => {
    vi.spyOn(Math, "random").mockReturnValue(1)
    const api = fakeApi(Array.from({ length: 5 }, () => new TypeError("fetch failed")))
    const { error, took } = await rejected(api.client.listProducts())
    assert.instanceOf(error, ConnectionError)
    assert.strictEqual(api.requests.length, 4)
    assert.approximately(took, 250 + 500 + 1000, 30)
    vi.spyOn(Math, "random").mockReturnValue(0)
    const lucky = fakeApi([new TypeError("fetch failed"), json({ items: [] })])
    assert.approximately((await timed(lucky.client.listProducts())).took, 125, 10)
  })

  it("not when Retry-After is longer than the client waits", async () => {
    const api = fakeApi([problem("rate_limited", 429, { headers: { "retry-after": "31" } })])
    const { error, took } = await rejected(api.client.listProducts())
    assert.isTrue(isProblem(error, "rate_limited") && error.retryAfter === 31)
    assert.isBelow(took, 50)
  })

  it("with the same idempotency key, which the client creates for calls that must not happen twice", async () => {
    const api = fakeApi([new TypeError("reset"), json({ id: "1" }), json({ id: "2" })])
    const input = { items: [{ sku: "mug", quantity: 1 }] }
    await timed(api.client.placeOrder(input))
    await timed(api.client.placeOrder(input, { idempotencyKey: "mine" }))
    const [first, second, third] = api.header("idempotency-key")
    assert.match(first ?? "", /^[0-9a-f-]{36}$/u)
    assert.strictEqual(second, first)
    assert.strictEqual(third, "mine")
  })

  it("not when it is unknown whether the first attempt had its effect", async () => {
    for (const reply of [new TypeError("reset"), problem("unavailable", 503)]) {
      const api = fakeApi([reply])
      await rejected(api.client.cancelOrder({ id: "o" }))
      assert.strictEqual(api.requests.length, 1)
    }
  })

  it("when the API says that the first attempt had no effect", async () => {
    const api = fakeApi([
      problem("rate_limited", 429, { headers: { "retry-after": "1" } }),
      problem("request_timeout", 408),
      json({ status: "cancelled" })
    ])
    assert.propertyVal(
      (await timed(api.client.cancelOrder({ id: "o" }))).result,
      "status",
      "cancelled"
    )
  })

  it("not after an error that is final", async () => {
    const api = fakeApi([problem("too_many_attempts", 429)])
    const { error } = await rejected(api.client.verifyOtp({ verificationId: "v", otp: "000000" }))
    assert.isTrue(isProblem(error, "too_many_attempts"))
  })

  it("when an attempt takes too long", async () => {
    const api = fakeApi([silence, json({ items: [] })])
    const { took } = await timed(api.client.listProducts())
    assert.approximately(took, 15_000 + 190, 80)
  })
})

describe("a signal ends a call with its reason", () => {
  const reason = new Error("the page was left")

  it.each([
    ["before it begins", 0],
    ["during the request", 50]
  ])("%s", async (_, after) => {
    const gone = new AbortController()
    if (after === 0) gone.abort(reason)
    else setTimeout(() => gone.abort(reason), after)
    // One that does not heed signals, too.
    for (const reply of [silence, () => new Promise<Response>(() => undefined)]) {
      const api = fakeApi([reply])
      const { error } = await rejected(api.client.listProducts({}, { signal: gone.signal }))
      assert.strictEqual(error, reason)
    }
  })

  it("while it waits to be sent again", async () => {
    const gone = new AbortController()
    const api = fakeApi([problem("unavailable", 503, { headers: { "retry-after": "20" } })])
    setTimeout(() => gone.abort(reason), 1000)
    const { error, took } = await rejected(api.client.listProducts({}, { signal: gone.signal }))
    assert.strictEqual(error, reason)
    assert.approximately(took, 1000, 20)
    assert.strictEqual(vi.getTimerCount(), 0)
  })

  it("while others wait for the same refresh, which goes on for them", async () => {
    const gone = new AbortController()
    const api = fakeApi([
      json(tokens(1, { expiresIn: 1, deviceToken: "d" })),
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 2000))
        return json(tokens(2))
      },
      json({ user: {} })
    ])
    await timed(api.client.login({ email: "a@example.com", password: "p" }))
    const leaving = rejected(api.client.me({}, { signal: gone.signal }))
    const staying = api.client.me()
    setTimeout(() => gone.abort(reason), 1000)
    assert.strictEqual((await leaving).error, reason)
    await timed(staying)
    assert.deepStrictEqual(api.asked().slice(1), ["POST /api/auth/refresh", "GET /api/auth/me"])
  })
})

describe("a list", () => {
  const page = (ids: ReadonlyArray<string>, nextCursor: string | null) =>
    json({ items: ids.map((sku) => ({ sku })), nextCursor })

  it("is fetched page by page, only as far as the caller reads", async () => {
    const api = fakeApi([page(["a", "b"], "c1"), page(["c"], "c2"), page(["d"], null)])
    const seen: Array<string> = []
    for await (const { sku } of items(api.client.listProducts, { limit: 2 })) {
      seen.push(sku)
      if (sku === "c") break
    }
    assert.deepStrictEqual(seen, ["a", "b", "c"])
    assert.deepStrictEqual(api.asked(), [
      "GET /api/products?limit=2",
      "GET /api/products?limit=2&cursor=c1"
    ])
  })

  it("ends with the page without a next cursor", async () => {
    const api = fakeApi([page(["a"], "c1"), page([], null)])
    const seen: Array<number> = []
    for await (const { items: some } of pages(api.client.listProducts, {})) seen.push(some.length)
    assert.deepStrictEqual(seen, [1, 0])
  })
})
