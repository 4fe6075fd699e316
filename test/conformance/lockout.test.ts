// What strangers do to an account keeps its owner out of it in no case: the owner gets in by a device that is known, by
// the mailbox, and from a live session. Time is the test's.
import { assert, describe, it } from "vitest"
import { open as openLimited } from "./limitedSystem.ts"
import { eventually, expectProblem, password } from "./world.ts"

const another = "another correct horse"
const owner = "203.0.113.1"

const open = async () => {
  const limited = await openLimited()
  const world = await limited.world()
  const { post, mailAbout } = world
  const from = (client: string, device?: string) => ({
    headers: {
      "x-forwarded-for": client,
      ...(device === undefined ? {} : { "x-device-token": device })
    }
  })
  const login = (email: string, secret: string, client = owner, device?: string) =>
    post("/api/auth/login", { email, password: secret }, from(client, device))
  const forgot = (email: string, client = owner, device?: string, channel = "email") =>
    post("/api/auth/forgot-password", { email, channel }, from(client, device))
  const many = async (count: number, attempt: (client: string) => Promise<unknown>) => {
    for (let i = 0; i < count; i++) await attempt(`198.51.${100 + (i >> 8)}.${i & 255}`)
  }
  return {
    ...world,
    login,
    forgot,
    /** What one login answers for its device. */
    device: async (email: string): Promise<string> =>
      (await login(email, password)).json.deviceToken,
    /** Uses up what strangers may fail on an account, from many addresses. */
    guessAt: (email: string) => many(12, (client) => login(email, "a wrong one", client)),
    forgetFor: (email: string, count = 6, channel = "email") =>
      many(count, (client) => forgot(email, client, undefined, channel)),
    /** Sets a new password by the code in the mail; what the answer says. */
    reset: async (email: string, verificationId: string) => {
      const { text } = await mailAbout(email, "Your code for a new password")
      const otp = text.match(/new password is ([\w-]+)/u)?.[1]
      const answer = await post(
        "/api/auth/reset-password",
        { verificationId, otp, password: another },
        from(owner)
      )
      assert.strictEqual(answer.status, 204, answer.text)
      return answer
    },
    pass: limited.pass,
    [Symbol.asyncDispose]: () => limited[Symbol.asyncDispose]()
  }
}

const policyOf = ({ headers }: { readonly headers: Headers }) =>
  headers.get("ratelimit-policy")?.split(";")[0]

describe("strangers who have used up an account's logins", () => {
  it("lock out all clients except known devices", async () => {
    await using system = await open()
    const { ada, login, device, guessAt } = system
    const known = await device(ada.email)
    await guessAt(ada.email)
    assert.strictEqual(policyOf(await login(ada.email, password)), '"loginAccount"')
    assert.strictEqual((await login(ada.email, password, owner, known)).status, 200)
  })

  it("do not lock out a known device by failures of its client's address", async () => {
    await using system = await open()
    const { ada, login, device } = system
    const known = await device(ada.email)
    for (let i = 0; i < 31; i++) await login(`somebody-${i}@example.com`, "a wrong one")
    assert.strictEqual(policyOf(await login(ada.email, password)), '"loginClient"')
    assert.strictEqual((await login(ada.email, password, owner, known)).status, 200)
  })

  it("gain nothing from a device token of their own, a forged one, or an old one", async () => {
    await using system = await open()
    const { ada, bob, login, device, guessAt, pass } = system
    const theirs = await device(bob.email)
    const known = await device(ada.email)
    const [header, claims] = known.split(".")
    const forged = `${header}.${claims}.${"A".repeat(43)}`
    await guessAt(ada.email)
    for (const token of [theirs, forged, ada.token, ada.refreshToken, "x"])
      assert.strictEqual(policyOf(await login(ada.email, password, owner, token)), '"loginAccount"')
    await pass(90 * 24 * 3600)
    await guessAt(ada.email)
    assert.strictEqual(policyOf(await login(ada.email, password, owner, known)), '"loginAccount"')
  })

  it("do not lock out an owner who has just verified the mailbox", async () => {
    await using system = await open()
    const { ada, login, device, forgot, guessAt, reset } = system
    const before = await device(ada.email)
    const asked = await forgot(ada.email)
    const answer = await reset(ada.email, asked.json.verificationId)
    await guessAt(ada.email)
    const known = answer.headers.get("x-device-token") ?? ""
    assert.strictEqual((await login(ada.email, another, owner, known)).status, 200)
    // The reset may have been against the holder of a device that was known before it.
    assert.strictEqual(policyOf(await login(ada.email, another, owner, before)), '"loginAccount"')
  })

  it("do not stop the owner from changing the password in a live session, whose device stays known", async () => {
    await using system = await open()
    const { ada, post, login, guessAt } = system
    await guessAt(ada.email)
    const change = { password, newPassword: another }
    const changed = await post("/api/auth/change-password", change, { token: ada.token })
    assert.strictEqual(changed.status, 204, changed.text)
    await guessAt(ada.email)
    const known = changed.headers.get("x-device-token") ?? ""
    assert.strictEqual((await login(ada.email, another, owner, known)).status, 200)
  })
})

describe("a known device", () => {
  it("has ten failures in 15 minutes of its own", async () => {
    await using system = await open()
    const { ada, login, device } = system
    const [known, other] = [await device(ada.email), await device(ada.email)]
    for (let i = 0; i < 10; i++)
      assert.strictEqual((await login(ada.email, "a wrong one", owner, known)).status, 401)
    assert.strictEqual(policyOf(await login(ada.email, password, owner, known)), '"loginDevice"')
    assert.strictEqual((await login(ada.email, password, owner, other)).status, 200)
    assert.strictEqual((await login(ada.email, password)).status, 200)
  })
})

describe("right passwords of others at a client's address", () => {
  it("do not lock out a known device", async () => {
    await using system = await open()
    const { ada, bob, login, device } = system
    const known = await device(ada.email)
    // The limit of an account, 100, and twenty of another one.
    for (let i = 0; i < 99; i++) await login(bob.email, password)
    for (let i = 0; i < 20; i++) await login(ada.email, password)
    assert.strictEqual(policyOf(await login(ada.email, password)), '"loginSuccessClient"')
    assert.strictEqual((await login(ada.email, password, owner, known)).status, 200)
  })
})

describe("strangers who have used up an address's resets", () => {
  /** The codes in the mails to an address, the newest first, once there are so many. */
  const codesTo = (
    { messages }: Pick<Awaited<ReturnType<typeof open>>, "messages">,
    email: string,
    count: number
  ) =>
    eventually(`${count} codes`, async () => {
      const mails = (await messages(email)).filter(
        ({ subject }) => subject === "Your code for a new password"
      )
      const codes = mails.flatMap(({ text }) => text.match(/new password is ([\w-]+)/u)?.[1] ?? [])
      return codes.length >= count && codes
    })

  it("stop neither a known device nor the owner of the mailbox from resetting", async () => {
    await using system = await open()
    const { ada, device, forgot, forgetFor, reset } = system
    const known = await device(ada.email)
    await forgetFor(ada.email, 100)
    assert.lengthOf(await codesTo(system, ada.email, 6), 6)
    const asked = await forgot(ada.email)
    assert.strictEqual(asked.status, 202, asked.text)
    await reset(ada.email, asked.json.verificationId)
    // The reset has ended that device, as every other.
    for (let i = 0; i < 4; i++)
      assert.strictEqual((await forgot(ada.email, owner, known)).status, 202)
    assert.strictEqual(policyOf(await forgot(ada.email, owner, known)), '"forgotAddress"')
  })

  it("use up no attempt of the owner, who shares a long code with them until it is used", async () => {
    await using system = await open()
    const { ada, post, forgot, forgetFor } = system
    await forgetFor(ada.email, 5)
    const theirs: Array<string> = []
    for (let i = 0; i < 4; i++)
      theirs.push((await forgot(ada.email, `203.0.113.1${i}`)).json.verificationId)
    const tryOut = (verificationId: string | undefined, otp: string, i = 0) =>
      post(
        "/api/auth/reset-password",
        { verificationId, otp, password: `${another} ${i}` },
        { headers: { "x-forwarded-for": `203.0.113.1${i}` } }
      )
    for (const [i, id] of theirs.slice(1).entries())
      for (let j = 0; j < 5; j++)
        expectProblem(await tryOut(id, "000000000000", i), 400, "invalid_otp")
    const { verificationId } = (await forgot(ada.email)).json
    const [shared = "", ...before] = await codesTo(system, ada.email, 6)
    assert.match(shared, /^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/u)
    for (const code of before) assert.match(code, /^\d{6}$/u)
    expectProblem(await tryOut(theirs[1], shared), 429, "too_many_attempts")
    assert.strictEqual((await tryOut(verificationId, shared)).status, 204)
    expectProblem(await tryOut(theirs[0], shared, 1), 410, "verification_expired")
  })

  it("cause five mails, then one in five minutes, with a code that is valid for ten", async () => {
    await using system = await open()
    const { ada, post, forgot, pass } = system
    const ids: Array<string> = []
    for (let period = 0; period < 12; period++) {
      for (let i = 0; i < (period === 0 ? 8 : 3); i++) {
        const asked = await forgot(ada.email, `198.51.${100 + period}.${i}`)
        if (i > 0) continue
        ids.push(asked.json.verificationId)
        assert.strictEqual(asked.json.expiresAt, new Date(period * 300_000 + 600_000).toISOString())
      }
      await codesTo(system, ada.email, 6 + period)
      await pass(300)
    }
    const codes = await codesTo(system, ada.email, 17)
    assert.lengthOf(codes, 17)
    assert.strictEqual(new Set(codes).size, 17)
    const [newest = "", before = "", old = ""] = codes
    const tryOut = (i: number, otp: string) =>
      post(
        "/api/auth/reset-password",
        { verificationId: ids.at(i), otp, password: another },
        { headers: { "x-forwarded-for": owner } }
      )
    expectProblem(await tryOut(-3, old), 410, "verification_expired")
    expectProblem(await tryOut(-2, before), 410, "verification_expired")
    expectProblem(await tryOut(-1, before), 400, "invalid_otp")
    assert.strictEqual((await tryOut(-1, newest)).status, 204)
  })

  it("get mails that say when the code was requested, how long it is valid, and who shares it", async () => {
    await using system = await open()
    const { ada, forgot, forgetFor, mailAbout, pass } = system
    await pass(150)
    await forgetFor(ada.email)
    await codesTo(system, ada.email, 6)
    const { text } = await mailAbout(ada.email, "Your code for a new password")
    assert.include(text, "asked for on 1 January 1970 at 00:02 UTC and is valid for 7 minutes")
    assert.include(text, "Requests before 00:05 UTC get the same code")
    assert.strictEqual((await forgot(ada.email)).json.expiresAt, new Date(600_000).toISOString())
  })

  it("lock out neither of two accounts of one mailbox", async () => {
    await using system = await open()
    const { register, post, forgot, forgetFor, reset } = system
    const accounts = ["ada@gmail.com", "ada+shop@gmail.com"]
    for (const email of accounts) {
      const { id, code } = await register(email)
      await post("/api/auth/verify-otp", { verificationId: id, otp: code })
    }
    await forgetFor("ada+nobody@gmail.com")
    for (const email of accounts) {
      const asked = await forgot(email)
      await codesTo(system, email, 1)
      await reset(email, asked.json.verificationId)
    }
  })

  it("get the same answers for an address without an account, and nothing is sent there", async () => {
    await using system = await open()
    const { forgot, forgetFor, messages } = system
    const nobody = "nobody@example.com"
    await forgetFor(nobody, 30)
    const asked = await forgot(nobody)
    assert.deepStrictEqual(
      [asked.status, Object.keys(asked.json), asked.json.expiresAt],
      [202, ["verificationId", "expiresAt", "resendAt"], new Date(600_000).toISOString()]
    )
    assert.deepStrictEqual(await messages(nobody), [])
  })

  it("do not count for a known device, which has five resets an hour of its own", async () => {
    await using system = await open()
    const { ada, device, forgot, forgetFor } = system
    const known = await device(ada.email)
    await forgetFor(ada.email, 40)
    for (let i = 0; i < 5; i++)
      assert.strictEqual((await forgot(ada.email, owner, known)).status, 202)
    assert.strictEqual(policyOf(await forgot(ada.email, owner, known)), '"forgotDevice"')
  })

  it("get at most five text messages, and five requests from one client", async () => {
    await using system = await open()
    const { ada, forgot, forgetFor } = system
    const bySms = () => forgot(ada.email, owner, undefined, "sms")
    await forgetFor(ada.email, 5)
    assert.strictEqual(policyOf(await bySms()), '"forgotAddress"')
    for (let i = 0; i < 4; i++) assert.strictEqual((await forgot(ada.email)).status, 202)
    assert.strictEqual(policyOf(await forgot(ada.email)), '"forgotAddress"')
  })
})

describe("the clients of one /48 of IPv6", () => {
  const inNetwork = (network: string, host: number) => `2001:db8:${network}:${host.toString(16)}::1`

  it("have 60 failed logins in 15 minutes between them", async () => {
    await using system = await open()
    const { ada, login } = system
    for (let i = 0; i < 60; i++) {
      const failed = await login(`somebody-${i}@example.com`, "a wrong one", inNetwork("1", i))
      assert.strictEqual(failed.status, 401)
    }
    const refused = await login(ada.email, password, inNetwork("1", 60))
    assert.strictEqual(policyOf(refused), '"loginNetwork"')
    assert.strictEqual((await login(ada.email, password, inNetwork("2", 60))).status, 200)
  })

  it("have 120 codes to try in an hour between them", async () => {
    await using system = await open()
    const { post } = system
    const attempt = (client: string) =>
      post(
        "/api/auth/verify-otp",
        { verificationId: "0".repeat(32), otp: "123456" },
        { headers: { "x-forwarded-for": client } }
      )
    for (let i = 0; i < 120; i++) assert.strictEqual((await attempt(inNetwork("1", i))).status, 410)
    assert.strictEqual(policyOf(await attempt(inNetwork("1", 120))), '"verifyNetwork"')
    assert.strictEqual((await attempt(inNetwork("2", 0))).status, 410)
  })
})

describe("refusals by these limits", () => {
  it("are audited once in 15 minutes for the account that they protect", async () => {
    await using system = await open()
    const { admin, ada, login, forgot, pass, get } = system
    const events = async () =>
      (await get("/api/admin/events?kind=limit_reached&limit=100", { token: admin.token })).json
        .items
    for (let i = 0; i < 30; i++) await login(ada.email, "a wrong one", `198.51.100.${i}`)
    for (let i = 0; i < 8; i++) await forgot(ada.email)
    await eventually("both events", async () => (await events()).length === 2)
    const told = (await events()).map(
      ({ details, subject }: { details: { limit: string }; subject: { address: string } }) => [
        details.limit,
        subject.address
      ]
    )
    const address = "a***@example.com"
    assert.deepStrictEqual(told, [
      ["forgotAddress", address],
      ["loginAccount", address]
    ])
    await pass(10 * 60)
    await login(ada.email, "a wrong one")
    assert.strictEqual((await events()).length, 2)
  })

  it("are audited at most 60 times an hour in all", async () => {
    await using system = await open()
    const { admin, login, get, pass } = system
    for (let i = 0; i < 70; i++) {
      for (let j = 0; j < 11; j++)
        await login(`somebody-${i}@example.com`, "a wrong one", `198.51.${i}.${j}`)
      // The admin's sessions and the limits of a quarter of an hour outlast the test.
      await pass(1)
    }
    const { items } = (
      await get("/api/admin/events?kind=limit_reached&limit=100", { token: admin.token })
    ).json
    assert.strictEqual(items.length, 60)
  })

  it("of a password change name the session", async () => {
    await using system = await open()
    const { admin, ada, post, get } = system
    const change = { password: "a wrong one", newPassword: another }
    for (let i = 0; i < 11; i++)
      await post("/api/auth/change-password", change, { token: ada.token })
    const over = await post("/api/auth/change-password", change, { token: ada.token })
    expectProblem(over, 429, "rate_limited")
    await eventually("the event", async () => {
      const { items } = (await get("/api/admin/events?kind=limit_reached", { token: admin.token }))
        .json
      return items.length === 1 && items[0].subject.userId === ada.id
    })
  })
})
