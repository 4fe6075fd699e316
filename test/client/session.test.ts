// The login of a client: one refresh for all who need it, and what is kept.
import { assert, beforeEach, describe, it, vi } from "vitest"
import { inMemory, isProblem, type Kept } from "../../src/entries/client.ts"
import { fakeApi, json, problem, tokens } from "./fakeApi.ts"

beforeEach(() => {
  vi.useFakeTimers()
  return () => vi.useRealTimers()
})

const credentials = { email: "ada@example.com", password: "correct horse" }
const me = () => json({ user: { id: "ada" } })
const login = (n = 1) => json(tokens(n, { deviceToken: `device-${n}` }))
const nothing = () => new Response(null, { status: 204 })

const loggedIn = async (...replies: Parameters<typeof fakeApi>[0]) => {
  const store = inMemory()
  const api = fakeApi([login(), ...replies], { store })
  await api.client.login(credentials)
  return { ...api, kept: async () => (await store.load()) as Kept, store }
}

/** An answer that comes when the test says. */
const held = () => {
  const { promise, resolve } = Promise.withResolvers<Response>()
  return { reply: () => promise, answer: resolve }
}

describe("a session", () => {
  it("is stored with its device token, and sent with each call", async () => {
    const api = await loggedIn(me())
    await api.client.me()
    assert.deepStrictEqual(api.header("authorization"), [null, "Bearer access-1"])
    assert.deepInclude(await api.kept(), { deviceToken: "device-1" })
    assert.strictEqual((await api.kept()).tokens?.refreshToken, "refresh-1")
  })

  it("is refreshed before its access token expires", async () => {
    const api = await loggedIn(me(), json(tokens(2)), me())
    vi.setSystemTime(Date.now() + 889_000)
    await api.client.me()
    vi.setSystemTime(Date.now() + 2000)
    await api.client.me()
    assert.deepStrictEqual(api.asked().slice(1), [
      "GET /api/auth/me",
      "POST /api/auth/refresh",
      "GET /api/auth/me"
    ])
    assert.strictEqual(api.header("authorization").at(-1), "Bearer access-2")
    assert.strictEqual((await api.kept()).deviceToken, "device-1")
  })

  it("is refreshed once for all calls that are refused together, which are then retried", async () => {
    const expired = () => problem("token_expired", 401)
    const api = await loggedIn(expired(), expired(), expired(), json(tokens(2)), me(), me(), me())
    await Promise.all([api.client.me(), api.client.me(), api.client.me()])
    assert.strictEqual(api.asked().filter((each) => each.endsWith("/refresh")).length, 1)
    assert.deepStrictEqual(api.header("authorization").slice(-3), Array(3).fill("Bearer access-2"))
  })

  it("is not refreshed again for a call that is refused after another call's refresh", async () => {
    const late = held()
    const api = await loggedIn(
      late.reply,
      problem("token_expired", 401),
      json(tokens(2)),
      me(),
      me()
    )
    const slow = api.client.me()
    await api.client.me()
    late.answer(problem("token_expired", 401))
    await slow
    assert.strictEqual(api.asked().filter((each) => each.endsWith("/refresh")).length, 1)
  })

  it("is refreshed again with the same token when the response was lost", async () => {
    const api = await loggedIn(
      problem("token_expired", 401),
      new TypeError("reset"),
      json(tokens(2)),
      me()
    )
    const asking = api.client.me()
    await vi.advanceTimersByTimeAsync(1000)
    await asking
    const refreshes = api.requests.filter(({ url }) => url.endsWith("/refresh"))
    assert.deepStrictEqual(await Promise.all(refreshes.map((each) => each.json())), [
      { refreshToken: "refresh-1" },
      { refreshToken: "refresh-1" }
    ])
  })

  it("is forgotten when the API has ended it, except for the device token", async () => {
    const api = await loggedIn(problem("token_expired", 401), problem("session_revoked", 401))
    const error = await api.client.me().catch((reason: unknown) => reason)
    assert.isTrue(isProblem(error, "token_expired"))
    assert.isUndefined((await api.kept()).tokens)
    assert.strictEqual((await api.kept()).deviceToken, "device-1")
  })

  it("stays when a rate limit refuses the refresh", async () => {
    const api = await loggedIn(
      problem("token_expired", 401),
      problem("rate_limited", 429, { headers: { "retry-after": "60" } })
    )
    const error = await api.client.me().catch((reason: unknown) => reason)
    assert.isTrue(isProblem(error, "rate_limited"))
    assert.strictEqual((await api.kept()).tokens?.refreshToken, "refresh-1")
  })

  it("is read from the store when another client has refreshed it", async () => {
    const api = await loggedIn(problem("token_expired", 401), me())
    const { tokens: mine } = await api.kept()
    if (mine === undefined) return assert.fail("nothing is kept")
    const asking = api.client.me()
    await api.store.save({ tokens: { ...mine, accessToken: "theirs", refreshToken: "theirs" } })
    await asking
    assert.strictEqual(api.header("authorization").at(-1), "Bearer theirs")
    return undefined
  })

  it("is not refreshed with a token that a slow store read before the last refresh", async () => {
    const store = inMemory()
    const slow = Promise.withResolvers<Kept>()
    let loads = 0
    const api = fakeApi([login(), json(tokens(2)), me(), me()], {
      store: {
        ...store,
        // The first call's, of the two below.
        load: () => (loads++ === 0 ? slow.promise : store.load())
      }
    })
    loads = 1
    await api.client.login(credentials)
    const old = (await store.load()) as Kept
    vi.setSystemTime(Date.now() + 900_000)
    loads = 0
    const first = api.client.me()
    await api.client.me()
    slow.resolve(old)
    await first
    assert.strictEqual(api.asked().filter((each) => each.endsWith("/refresh")).length, 1)
    assert.deepStrictEqual(api.header("authorization").slice(-2), Array(2).fill("Bearer access-2"))
  })

  it("ends together with the tokens of a refresh in progress", async () => {
    const refreshed = held()
    const api = await loggedIn(problem("token_expired", 401), refreshed.reply, nothing(), me())
    const asking = api.client.me()
    await vi.waitFor(() => assert.strictEqual(api.requests.length, 3))
    const leaving = api.client.logout()
    refreshed.answer(json(tokens(2)))
    await Promise.allSettled([asking, leaving])
    const out = api.requests.find(({ url }) => url.endsWith("/logout"))
    assert.deepStrictEqual(await out?.json(), { refreshToken: "refresh-2" })
    assert.deepStrictEqual(await api.kept(), { deviceToken: "device-1" })
  })

  it("of a login during a refresh replaces the refreshed one", async () => {
    const refreshed = held()
    const api = await loggedIn(problem("token_expired", 401), refreshed.reply, login(5), me())
    const asking = api.client.me()
    await vi.waitFor(() => assert.strictEqual(api.requests.length, 3))
    await api.client.login(credentials)
    refreshed.answer(json(tokens(2)))
    await asking
    assert.strictEqual((await api.kept()).tokens?.refreshToken, "refresh-5")
    assert.strictEqual(api.header("authorization").at(-1), "Bearer access-5")
  })
})

describe("a device token", () => {
  it("is sent with the next login, and with a request for a new password", async () => {
    const api = await loggedIn(nothing(), login(2), json({}, { status: 202 }))
    await api.client.logout()
    await api.client.login(credentials)
    await api.client.forgotPassword({ email: credentials.email })
    const [first, , second, third] = api.header("x-device-token")
    assert.deepStrictEqual([first, second, third], [null, "device-1", "device-2"])
  })

  it("is replaced by the token from a password reset", async () => {
    const renewed = (token: string) =>
      new Response(null, { status: 204, headers: { "x-device-token": token } })
    const api = await loggedIn(renewed("changed"), renewed("reset"))
    await api.client.changePassword({ password: "a", newPassword: "b" })
    assert.strictEqual((await api.kept()).deviceToken, "changed")
    assert.strictEqual((await api.kept()).tokens?.accessToken, "access-1")
    await api.client.resetPassword({ verificationId: "v", otp: "123456", password: "c" })
    assert.strictEqual((await api.kept()).deviceToken, "reset")
  })
})
