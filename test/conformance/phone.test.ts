// Phones: proven by a code that comes by SMS, after an email and next to it. Over HTTP, at Twilio's API as
// its stub speaks it, and at a channel that a test holds.
import { Deferred, Effect, Layer, Queue, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import * as RestrictedSms from "../../src/layers/runtime/RestrictedSms.ts"
import * as TwilioSms from "../../src/layers/twilio/TwilioSms.ts"
import { AccountStore } from "../../src/services/accounts/ports/AccountStore.ts"
import { Sms, SmsError } from "../../src/services/messaging/Sms.ts"
import { intercept } from "../../src/testing/intercept.ts"
import { startTwilio, type TwilioStub } from "../../tools/harness/twilio.ts"
import { type EmbeddedOptions, embedded } from "./embedded.ts"
import { expectProblem, openWorld, password, unique, type World } from "./world.ts"

let twilio: TwilioStub
beforeAll(async () => {
  twilio = await startTwilio()
})
afterAll(() => twilio.stop())

const byTwilio = () => {
  const { accountSid, apiKeySid, apiKeySecret, baseUrl } = twilio
  const authToken = Redacted.make(apiKeySecret)
  return TwilioSms.layer({ accountSid, apiKeySid, authToken, from: "+15005550006", baseUrl })
}

const open = async (
  countryCodes: ReadonlyArray<string> = [],
  override: EmbeddedOptions["override"] = Layer.empty
) => {
  const sms = RestrictedSms.layer({ countryCodes }).pipe(Layer.provide(byTwilio()))
  const system = await embedded({ override: Layer.mergeAll(sms, override, TestClock.layer()) })
  return {
    world: await openWorld(system),
    run: system.run,
    pass: (seconds: number) => system.run(TestClock.adjust(seconds * 1000)),
    [Symbol.asyncDispose]: () => system[Symbol.asyncDispose]()
  }
}

/** One that no other test uses. */
let numbers = 0
const aNumber = () => `+49151${String(10_000_000 + numbers++ * 10_000)}`

/** The newest of `count` codes that went to a number. */
const codeAt = async (phone: string, count = 1): Promise<string> => {
  for (;;) {
    const texts = twilio.messages().filter(({ to }) => to === phone)
    const code = texts.at(-1)?.body.match(/\b\d{6}\b/u)?.[0]
    if (texts.length >= count && code !== undefined) return code
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const other = (code: string) => (code === "000000" ? "000001" : "000000")

const ask = async ({ post, ada }: World, phone: string): Promise<string> => {
  const answer = await post("/api/auth/phone", { phone }, { token: ada.token })
  assert.strictEqual(answer.status, 202, answer.text)
  assert.deepStrictEqual(Object.keys(answer.json), ["verificationId", "expiresAt", "resendAt"])
  return answer.json.verificationId
}

const verify = ({ post }: World, verificationId: string, otp: string) =>
  post("/api/auth/verify-otp", { verificationId, otp })

const phoneOf = async ({ get, ada }: World) =>
  (await get("/api/auth/me", { token: ada.token })).json.user.phone

describe("a phone", () => {
  it("is verified by the code that comes by SMS", async () => {
    await using system = await open()
    const { world } = system
    const phone = aNumber()
    const id = await ask(world, phone)
    const code = await codeAt(phone)
    assert.isNull(await phoneOf(world))
    const proven = await verify(world, id, code)
    assert.deepStrictEqual([proven.status, proven.json.user.phone], [200, phone])
    assert.strictEqual(await phoneOf(world), phone)
  })

  it("is not set again by a slow request with a code that another request has used", async () => {
    const held = Deferred.makeUnsafe<void>()
    const release = Deferred.makeUnsafe<void>()
    let calls = 0
    const override = intercept(AccountStore, ({ setPhone }) => ({
      setPhone: (...call) =>
        Effect.suspend(() =>
          calls++ === 0
            ? Deferred.succeed(held, undefined).pipe(
                Effect.andThen(Deferred.await(release)),
                Effect.andThen(setPhone(...call))
              )
            : setPhone(...call)
        )
    }))
    await using system = await open([], override)
    const { world } = system
    const [phone, next] = [aNumber(), aNumber()]
    const [id, nextId] = [await ask(world, phone), await ask(world, next)]
    const code = await codeAt(phone)
    const late = verify(world, id, code)
    await system.run(Deferred.await(held))
    assert.strictEqual((await verify(world, id, code)).status, 200)
    assert.strictEqual((await verify(world, nextId, await codeAt(next))).status, 200)
    await system.run(Deferred.succeed(release, undefined))
    expectProblem(await late, 410, "verification_expired")
    assert.strictEqual(await phoneOf(world), next)
  })

  it("needs an account, which needs a verified email first", async () => {
    await using system = await open()
    const { register, post } = system.world
    const email = `${unique("unproven")}@example.com`
    await register(email)
    expectProblem(await post("/api/auth/login", { email, password }), 401, "invalid_credentials")
    const asked = twilio.messages().length
    expectProblem(await post("/api/auth/phone", { phone: aNumber() }), 401, "unauthorized")
    assert.lengthOf(twilio.messages(), asked)
  })

  it("can be added within 15 minutes of a login, which a refresh does not extend", async () => {
    await using system = await open()
    const { world } = system
    const { post, ada } = world
    await system.pass(600)
    const refreshed = await post("/api/auth/refresh", { refreshToken: ada.refreshToken })
    const token = refreshed.json.accessToken
    await system.pass(300)
    const late = { ...world, ada: { ...ada, token } }
    await ask(late, aNumber())
    await system.pass(1)
    const asked = twilio.messages().length
    const answer = await post("/api/auth/phone", { phone: aNumber() }, { token })
    expectProblem(answer, 401, "login_required")
    assert.strictEqual(
      answer.headers.get("www-authenticate"),
      'Bearer realm="orders", error="insufficient_user_authentication", error_description="Recent login required", max_age=900'
    )
    assert.strictEqual((await world.get("/api/auth/me", { token })).status, 200)
    assert.lengthOf(twilio.messages(), asked)
    await ask({ ...world, ada: await world.login(ada.email, password) }, aNumber())
  })

  const another = "another correct horse"

  /** Sets a new password as a user who forgot the old one. */
  const reset = async ({ post, mailAbout }: World, email: string) => {
    const { verificationId } = (await post("/api/auth/forgot-password", { email })).json
    const { text } = await mailAbout(email, "Your code for a new password")
    const otp = text.match(/\b\d{6}\b/u)?.[0]
    const body = { verificationId, otp, password: another }
    assert.strictEqual((await post("/api/auth/reset-password", body)).status, 204)
  }

  it("can't be added with the access token of a session that a reset has ended", async () => {
    await using system = await open()
    const { world } = system
    const { post, ada } = world
    await reset(world, ada.email)
    const asked = twilio.messages().length
    const answer = await post("/api/auth/phone", { phone: aNumber() }, { token: ada.token })
    expectProblem(answer, 401, "login_required")
    assert.lengthOf(twilio.messages(), asked)
  })

  it.each(["reset", "changed"])(
    "is not verified by a code from before the password was %s",
    async (how) => {
      await using system = await open()
      const { world } = system
      const { post, ada } = world
      const phone = aNumber()
      const id = await ask(world, phone)
      const code = await codeAt(phone)
      if (how === "reset") await reset(world, ada.email)
      else {
        const change = { password, newPassword: another }
        const changed = await post("/api/auth/change-password", change, { token: ada.token })
        assert.strictEqual(changed.status, 204)
      }
      expectProblem(await verify(world, id, code), 410, "verification_expired")
      assert.isNull(await phoneOf(world))
      const next = aNumber()
      const again = { ...world, ada: await world.login(ada.email, another) }
      await verify(world, await ask(again, next), await codeAt(next))
      assert.strictEqual(await phoneOf(world), next)
    }
  )

  it("gives no second answer for a code that was used before a reset", async () => {
    await using system = await open()
    const { world } = system
    const phone = aNumber()
    const id = await ask(world, phone)
    const code = await codeAt(phone)
    for (let i = 0; i < 2; i++) assert.strictEqual((await verify(world, id, code)).status, 200)
    await reset(world, world.ada.email)
    expectProblem(await verify(world, id, code), 410, "verification_expired")
  })

  it("is not verified by a wrong code; after five, even the right one is refused", async () => {
    await using system = await open()
    const { world } = system
    const phone = aNumber()
    const id = await ask(world, phone)
    const code = await codeAt(phone)
    for (let i = 0; i < 5; i++)
      expectProblem(await verify(world, id, other(code)), 400, "invalid_otp")
    expectProblem(await verify(world, id, code), 429, "too_many_attempts")
    assert.isNull(await phoneOf(world))
  })

  it("is not verified by a code that is ten minutes old", async () => {
    await using system = await open()
    const { world } = system
    const phone = aNumber()
    const id = await ask(world, phone)
    const code = await codeAt(phone)
    await system.pass(600)
    expectProblem(await verify(world, id, code), 410, "verification_expired")
    assert.isNull(await phoneOf(world))
  })

  it("gets a new code after a minute, and the previous one is no longer valid", async () => {
    await using system = await open()
    const { world } = system
    const phone = aNumber()
    const id = await ask(world, phone)
    const first = await codeAt(phone)
    const resend = () => world.post("/api/auth/resend-otp", { verificationId: id })
    await system.pass(59)
    const early = await resend()
    expectProblem(early, 429, "rate_limited")
    assert.strictEqual(early.headers.get("retry-after"), "1")
    await system.pass(1)
    assert.strictEqual((await resend()).status, 202)
    const second = await codeAt(phone, 2)
    if (first !== second) expectProblem(await verify(world, id, first), 400, "invalid_otp")
    assert.strictEqual((await verify(world, id, second)).json.user.phone, phone)
  })

  it("is not verified by the code of another number, nor an email by the code of a phone", async () => {
    await using system = await open()
    const { world } = system
    const [phone, another] = [aNumber(), aNumber()]
    const [id, anotherId] = [await ask(world, phone), await ask(world, another)]
    const [code, anotherCode] = [await codeAt(phone), await codeAt(another)]
    const email = `${unique("new")}@example.com`
    const registration = await world.register(email)
    if (code !== anotherCode)
      expectProblem(await verify(world, id, anotherCode), 400, "invalid_otp")
    if (code !== registration.code) {
      expectProblem(await verify(world, registration.id, code), 400, "invalid_otp")
      expectProblem(await verify(world, id, registration.code), 400, "invalid_otp")
    }
    expectProblem(
      await world.post("/api/auth/login", { email, password }),
      401,
      "invalid_credentials"
    )
    assert.isNull(await phoneOf(world))
    assert.strictEqual((await verify(world, anotherId, anotherCode)).json.user.phone, another)
  })

  it("can be removed within 15 minutes of a login, which a refresh does not extend", async () => {
    await using system = await open()
    const { world } = system
    const { call, ada, post } = world
    const phone = aNumber()
    await verify(world, await ask(world, phone), await codeAt(phone))
    await system.pass(800)
    const refreshed = await post("/api/auth/refresh", { refreshToken: ada.refreshToken })
    const token = refreshed.json.accessToken
    await system.pass(101)
    const late = await call("DELETE", "/api/auth/phone", { token })
    expectProblem(late, 401, "login_required")
    const again = await world.login(ada.email, password)
    const removed = await call("DELETE", "/api/auth/phone", { token: again.token })
    assert.strictEqual(removed.status, 204)
    assert.isNull(await phoneOf({ ...world, ada: again }))
  })

  it.each([
    ["there was one", true],
    ["there was none", false]
  ])("is not verified by a code from before it was removed, when %s", async (_, had) => {
    await using system = await open()
    const { world } = system
    const [phone, next] = [aNumber(), aNumber()]
    if (had) await verify(world, await ask(world, phone), await codeAt(phone))
    const id = await ask(world, next)
    const code = await codeAt(next)
    const removed = await world.call("DELETE", "/api/auth/phone", { token: world.ada.token })
    assert.strictEqual(removed.status, 204)
    expectProblem(await verify(world, id, code), 410, "verification_expired")
    assert.isNull(await phoneOf(world))
    const again = await ask(world, phone)
    await verify(world, again, await codeAt(phone, had ? 2 : 1))
    assert.strictEqual(await phoneOf(world), phone)
  })

  it("stays until another one is verified", async () => {
    await using system = await open()
    const { world } = system
    const [phone, next] = [aNumber(), aNumber()]
    await verify(world, await ask(world, phone), await codeAt(phone))
    const id = await ask(world, next)
    assert.strictEqual(await phoneOf(world), phone)
    await verify(world, id, await codeAt(next))
    assert.strictEqual(await phoneOf(world), next)
  })

  it.each(["+1415555012", "+123456789012345"])("may be %s", async (phone) => {
    await using system = await open()
    await ask(system.world, phone)
  })

  it.each([
    "4155550123",
    "+0155550123",
    "+123456",
    "+1234567890123456",
    "+1 415 555 0123",
    "+1415555O123",
    "+14155550123\n",
    "tel:+14155550123",
    "+１４１５５５５０１２３",
    ""
  ])("is not %j", async (phone) => {
    await using system = await open()
    const { post, ada } = system.world
    const answer = await post("/api/auth/phone", { phone }, { token: ada.token })
    expectProblem(answer, 400, "invalid_request")
    assert.strictEqual(answer.json.errors[0].path, "body.phone")
  })

  it("of a country that is not served is refused, without a message and without a count", async () => {
    await using system = await open(["+44", "+49"])
    const { world } = system
    const asked = twilio.messages().length
    for (let i = 0; i < 25; i++) {
      const { post, ada } = world
      const answer = await post(
        "/api/auth/phone",
        { phone: "+8821312345678" },
        { token: ada.token }
      )
      expectProblem(answer, 422, "channel_unavailable")
      assert.include(answer.json.detail, "country")
    }
    assert.lengthOf(twilio.messages(), asked)
    await ask(world, aNumber())
  })
})

describe("a code that the provider does not accept immediately", () => {
  /** Refuses the first with `refusal`, takes the others; each call is an event. */
  const refusingOnce = (
    refusal: Pick<SmsError, "reason" | "retryAfterSeconds">,
    calls: Queue.Queue<string>
  ) =>
    intercept(Sms, () => {
      let refused = false
      return {
        send: ({ text }) =>
          Effect.suspend(() => {
            Queue.offerUnsafe(calls, text)
            if (refused) return Effect.void
            refused = true
            return new SmsError({ ...refusal, mayBeSent: false, cause: new Error("refused") })
          })
      }
    })

  const start = async (refusal: Pick<SmsError, "reason" | "retryAfterSeconds">) => {
    const calls = await Effect.runPromise(Queue.unbounded<string>())
    const override = Layer.merge(refusingOnce(refusal, calls), TestClock.layer())
    const system = await embedded({ override })
    await ask(await openWorld(system), aNumber())
    const call = () => system.run(Queue.take(calls))
    const first = await call()
    return {
      first,
      call,
      waiting: () => system.run(Queue.size(calls)),
      pass: (millis: number) => system.run(TestClock.adjust(millis)),
      [Symbol.asyncDispose]: () => system[Symbol.asyncDispose]()
    }
  }

  it("is sent again after the provider's Retry-After", async () => {
    await using sending = await start({ reason: "throttled", retryAfterSeconds: 30 })
    await sending.pass(29_999)
    assert.strictEqual(await sending.waiting(), 0)
    await sending.pass(1)
    assert.strictEqual(await sending.call(), sending.first)
  })

  it("is sent again soon when the provider gives no Retry-After", async () => {
    await using sending = await start({ reason: "unavailable" })
    await sending.pass(600)
    assert.strictEqual(await sending.call(), sending.first)
  })

  it.each([
    ["would come after a new one is asked for", { reason: "throttled", retryAfterSeconds: 60 }],
    ["was refused for this number", { reason: "rejected" }],
    ["was refused to us", { reason: "denied", retryAfterSeconds: 1 }]
  ] as const)("is given up when it %s", async (_, refusal) => {
    await using sending = await start(refusal)
    await sending.pass(120_000)
    assert.strictEqual(await sending.waiting(), 0)
  })
})
