// What passes with time, under a clock that the test moves.
import { Clock } from "effect"
import { TestClock } from "effect/testing"
import { assert, beforeAll, describe, it } from "vitest"
import { type Embedded, embedded } from "./embedded.ts"
import { eventually, expectProblem, openWorld, unique, type World } from "./world.ts"

const day = 24 * 3600

describe("time", () => {
  let system: Embedded
  let world: World
  beforeAll(async () => {
    system = await embedded({ override: TestClock.layer() })
    world = await openWorld(system)
    return () => system[Symbol.asyncDispose]()
  })
  const pass = (duration: `${number} seconds`) => system.run(TestClock.adjust(duration))

  it("allows a new code after a minute; the previous one is no longer valid, attempts stay counted", async () => {
    const { register, post, codeFor, messages } = world
    const email = `${unique("slow")}@example.com`
    const { id, code } = await register(email)
    const wrong = { verificationId: id, otp: code === "000000" ? "000001" : "000000" }
    for (let i = 0; i < 3; i++)
      expectProblem(await post("/api/auth/verify-otp", wrong), 400, "invalid_otp")
    const body = { verificationId: id }
    await pass("59 seconds")
    const early = await post("/api/auth/resend-otp", body)
    expectProblem(early, 429, "rate_limited")
    assert.strictEqual(early.headers.get("retry-after"), "1")
    await pass("1 seconds")
    const resent = await post("/api/auth/resend-otp", body)
    assert.deepStrictEqual([resent.status, resent.json.verificationId], [202, id])
    while ((await messages(email)).length < 2);
    const fresh = await codeFor(email)
    if (fresh !== code)
      expectProblem(
        await post("/api/auth/verify-otp", { verificationId: id, otp: code }),
        400,
        "invalid_otp"
      )
    const right = await post("/api/auth/verify-otp", { verificationId: id, otp: fresh })
    assert.strictEqual(right.status, 200)
  })

  it("says in a code's mail when it was requested, and whether it replaces an earlier code", async () => {
    const { register, post, messages } = world
    const email = `${unique("dated")}@example.com`
    /** The newest of `count` mails, which the clock has not left behind. */
    const expectMail = async (count: number, replaces: boolean) => {
      const [mail] = await eventually(`mail ${count}`, async () => {
        const found = await messages(email)
        return found.length === count && found
      })
      const at = new Date(await system.run(Clock.currentTimeMillis)).toISOString()
      const asked = new RegExp(
        `asked for on ${Number(at.slice(8, 10))} \\w+ ${at.slice(0, 4)} at ${at.slice(11, 16)} UTC`,
        "u"
      )
      assert.match(mail?.text ?? "", asked)
      assert.strictEqual(mail?.text.includes("replaces an earlier code"), replaces, mail?.text)
    }
    const { id, code } = await register(email)
    await expectMail(1, false)
    const { json } = await post("/api/auth/register", { email, password: world.ada.password })
    await expectMail(2, false)
    await pass("60 seconds")
    await post("/api/auth/resend-otp", { verificationId: json.verificationId })
    await expectMail(3, true)
    // A request replaces no code of another one: strangers could end the owner's.
    const verified = await post("/api/auth/verify-otp", { verificationId: id, otp: code })
    assert.strictEqual(verified.status, 200)
  })

  it("resends a long code after many wrong codes for the account", async () => {
    const { join, post, codeFor } = world
    const { email } = await join("resent")
    const forgot = async (): Promise<string> =>
      (await post("/api/auth/forgot-password", { email })).json.verificationId
    const verificationId = await forgot()
    for (let i = 0; i < 20; i++) {
      const guessed = await forgot()
      for (let j = 0; j < 5; j++)
        await post("/api/auth/verify-otp", { verificationId: guessed, otp: "000000" })
    }
    await pass("60 seconds")
    const resent = await post("/api/auth/resend-otp", { verificationId })
    assert.strictEqual(resent.status, 202, resent.text)
    const otp = await eventually("a long code", async () => {
      const code = await codeFor(email)
      return code.length > 6 && code
    })
    const reset = { verificationId, otp, password: "another correct horse" }
    assert.strictEqual((await post("/api/auth/reset-password", reset)).status, 204)
  })

  it("sends no new code once the attempts are used up", async () => {
    const { register, post } = world
    const { id, code } = await register(`${unique("clumsy")}@example.com`)
    const wrong = { verificationId: id, otp: code === "000000" ? "000001" : "000000" }
    for (let i = 0; i < 5; i++) await post("/api/auth/verify-otp", wrong)
    await pass("60 seconds")
    const answer = await post("/api/auth/resend-otp", { verificationId: id })
    expectProblem(answer, 429, "too_many_attempts")
  })

  it("expires a code after ten minutes", async () => {
    const { register, post } = world
    const { id, code } = await register(`${unique("late")}@example.com`)
    await pass("600 seconds")
    const answer = await post("/api/auth/verify-otp", { verificationId: id, otp: code })
    expectProblem(answer, 410, "verification_expired")
  })

  it("answers a used code again until it would have expired", async () => {
    const { register, post } = world
    const { id, code } = await register("again@example.com")
    const verify = () => post("/api/auth/verify-otp", { verificationId: id, otp: code })
    const first = await verify()
    await pass("599 seconds")
    const repeated = await verify()
    assert.deepStrictEqual([first.status, repeated.status], [200, 200])
    assert.deepStrictEqual(repeated.json, first.json)
    await pass("1 seconds")
    expectProblem(await verify(), 410, "verification_expired")
  })

  it("sends no new code for a used one", async () => {
    const { register, post } = world
    const { id, code } = await register("used@example.com")
    await post("/api/auth/verify-otp", { verificationId: id, otp: code })
    await pass("60 seconds")
    const answer = await post("/api/auth/resend-otp", { verificationId: id })
    expectProblem(answer, 410, "verification_expired")
  })

  it("expires an access token after fifteen minutes, with the code token_expired", async () => {
    const { ada, login, get } = world
    const { token } = await login(ada.email, ada.password)
    await pass("899 seconds")
    assert.strictEqual((await get("/api/auth/me", { token })).status, 200)
    await pass("2 seconds")
    const answer = await get("/api/auth/me", { token })
    expectProblem(answer, 401, "token_expired")
    assert.include(answer.headers.get("www-authenticate"), "expired")
  })

  describe("gives the previous refresh token the same successor", () => {
    const refresh = (refreshToken: string) => world.post("/api/auth/refresh", { refreshToken })
    /** A session that was refreshed once. */
    const begin = async (name: string) => {
      const { id, email, refreshToken: first } = await world.join(name)
      const { refreshToken: second } = (await refresh(first)).json
      return { id, email, first, second }
    }
    const eventsOf = async (userId: string, kind: string): Promise<ReadonlyArray<unknown>> => {
      const { admin, login, get } = world
      const { token } = await login(admin.email, admin.password)
      return (await get(`/api/admin/events?userId=${userId}&kind=${kind}`, { token })).json.items
    }

    it("for just under 30 seconds, and once after that, since the answer may be lost", async () => {
      const { id, email, first, second } = await begin("lost")
      await pass("29 seconds")
      assert.strictEqual((await refresh(first)).json.refreshToken, second)
      assert.deepStrictEqual(await eventsOf(id, "refresh_repeated_late"), [])
      await pass("3 seconds")
      const late = await refresh(first)
      assert.deepStrictEqual([late.status, late.json.refreshToken], [200, second])
      const { accessToken: token } = late.json
      assert.strictEqual((await world.get("/api/auth/me", { token })).status, 200)
      const event = await eventually(
        "the event",
        async () => (await eventsOf(id, "refresh_repeated_late"))[0]
      )
      assert.deepInclude(event, { outcome: "success", actor: null })
      const notices = (await world.messages(email)).map(({ subject }) => subject)
      assert.notInclude(notices, "One of your logins was ended")
      assert.strictEqual((await refresh(second)).status, 200)
    })

    it("once: a second late repeat ends the session, and the owner gets a mail", async () => {
      const { email, first, second } = await begin("twice")
      await pass("32 seconds")
      assert.strictEqual((await refresh(first)).status, 200)
      await pass("32 seconds")
      expectProblem(await refresh(first), 401, "session_revoked")
      expectProblem(await refresh(second), 401, "session_revoked")
      await world.mailAbout(email, "One of your logins was ended")
    })

    it("within a day", async () => {
      const [prompt, late] = [await begin("yesterday"), await begin("long-ago")]
      await pass(`${day - 1} seconds`)
      assert.strictEqual((await refresh(prompt.first)).json.refreshToken, prompt.second)
      await pass("1 seconds")
      expectProblem(await refresh(late.first), 401, "session_revoked")
    })

    it("unless the successor was exchanged", async () => {
      const { first, second } = await begin("older")
      const { refreshToken: third } = (await refresh(second)).json
      await pass("32 seconds")
      expectProblem(await refresh(first), 401, "session_revoked")
      expectProblem(await refresh(third), 401, "session_revoked")
    })
  })

  it("accepts a password of any age", async () => {
    const { join, login } = world
    const { email, password } = await join("constant")
    await pass(`${3 * 365 * day} seconds`)
    await login(email, password)
  })

  it("ends a session that is idle for fourteen days", async () => {
    const { join, post } = world
    const refresh = (refreshToken: string) => post("/api/auth/refresh", { refreshToken })
    const [prompt, late] = [await join("prompt"), await join("late")]
    await pass(`${14 * day - 1} seconds`)
    assert.strictEqual((await refresh(prompt.refreshToken)).status, 200)
    await pass("1 seconds")
    expectProblem(await refresh(late.refreshToken), 401, "invalid_token")
  })

  it("ends a session ninety days after its login, also when it is refreshed", async () => {
    const { join, post, get } = world
    let { refreshToken } = await join("faithful")
    const refresh = async () => {
      const answer = await post("/api/auth/refresh", { refreshToken })
      refreshToken = answer.json.refreshToken ?? refreshToken
      return answer
    }
    for (let days = 10; days < 90; days += 10) {
      await pass(`${10 * day} seconds`)
      assert.strictEqual((await refresh()).status, 200, `after ${days} days`)
    }
    await pass(`${10 * day - 60} seconds`)
    const last = await refresh()
    assert.strictEqual(last.json.refreshExpiresIn, 60)
    const token = last.json.accessToken
    const count = async () => (await get("/api/auth/sessions", { token })).json.items.length
    assert.strictEqual(await count(), 1)
    await pass("60 seconds")
    expectProblem(await refresh(), 401, "session_revoked")
    assert.strictEqual(await count(), 0)
  })
})
