// What holds of passwords and sessions while requests race and stores fail between two writes.
import { Deferred, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { assert, describe, it } from "vitest"
import { AccountStore } from "../../src/services/accounts/ports/AccountStore.ts"
import { SessionStore, SessionStoreError } from "../../src/services/accounts/ports/SessionStore.ts"
import {
  VerificationStore,
  VerificationStoreError
} from "../../src/services/accounts/ports/VerificationStore.ts"
import { UserId } from "../../src/services/ids.ts"
import { Mailer, MailerError } from "../../src/services/messaging/Mailer.ts"
import { RateLimiter } from "../../src/services/runtime/RateLimiter.ts"
import { now } from "../../src/services/time.ts"
import { intercept } from "../../src/testing/intercept.ts"
import { type EmbeddedOptions, embedded } from "./embedded.ts"
import {
  eventually,
  expectProblem,
  openWorld,
  type Person,
  password,
  uniquePhone
} from "./world.ts"

const another = "another correct horse"

const open = async (options: EmbeddedOptions) => {
  const system = await embedded(options)
  const world = await openWorld(system)
  const { post, mailAbout } = world
  return {
    system,
    ...world,
    logIn: (email: string, secret: string) => post("/api/auth/login", { email, password: secret }),
    refresh: ({ refreshToken }: Pick<Person, "refreshToken">) =>
      post("/api/auth/refresh", { refreshToken }),
    change: ({ token }: Person, newPassword: string) =>
      post("/api/auth/change-password", { password, newPassword }, { token }),
    reset: (body: object) => post("/api/auth/reset-password", { password: another, ...body }),
    forgot: async (email: string) => {
      const { json } = await post("/api/auth/forgot-password", { email })
      const { text } = await mailAbout(email, "Your code for a new password")
      return { verificationId: json.verificationId, otp: text.match(/\d{6}/u)?.[0] }
    }
  }
}

/** Fails the first time that it is armed, before anything is done. */
const failingOnce = () => {
  let armed = false
  return {
    arm: () => {
      armed = true
    },
    wrap:
      <Args extends ReadonlyArray<unknown>, A, E>(
        real: (...args: Args) => Effect.Effect<A, E>,
        error: E
      ) =>
      (...args: Args): Effect.Effect<A, E> =>
        Effect.suspend(() => {
          if (!armed) return real(...args)
          armed = false
          return Effect.fail(error)
        })
  }
}
const noSessions = new SessionStoreError({ operation: "test", cause: new Error("away") })
const noVerifications = new VerificationStoreError({ operation: "test", cause: new Error("away") })

describe("a login during a change of password", () => {
  it.each(["reset", "change"] as const)(
    "gives no token after its first, when a %s came between the password check and the session",
    async (how) => {
      const checked = Deferred.makeUnsafe<void>()
      const release = Deferred.makeUnsafe<void>()
      let held = false
      const override = intercept(SessionStore, ({ create }) => ({
        create: (session) =>
          Effect.suspend(() =>
            held
              ? Deferred.succeed(checked, undefined).pipe(
                  Effect.andThen(Deferred.await(release)),
                  Effect.andThen(create(session))
                )
              : create(session)
          )
      }))
      const { system, ada, logIn, refresh, forgot, reset, change, get } = await open({ override })
      await using _ = system
      held = true
      const racing = logIn(ada.email, password)
      await system.run(Deferred.await(checked))
      const done =
        how === "reset" ? await reset(await forgot(ada.email)) : await change(ada, another)
      assert.strictEqual(done.status, 204, done.text)
      await system.run(Deferred.succeed(release, undefined))
      const { status, json } = await racing
      assert.strictEqual(status, 200)
      expectProblem(await refresh(json), 401, "session_revoked")
      const { items } = (await get("/api/auth/sessions", { token: json.accessToken })).json
      assert.isFalse(items.some(({ current }: { current: boolean }) => current))
    }
  )
})

describe("a new password", () => {
  it.each([
    ["reset", 0],
    ["change", 1]
  ] as const)("by a %s ends every stored session of the old one", async (how, left) => {
    const { system, ada, login, forgot, reset, change } = await open({})
    await using _ = system
    await login(ada.email, password)
    const done = how === "reset" ? await reset(await forgot(ada.email)) : await change(ada, another)
    assert.strictEqual(done.status, 204, done.text)
    const stored = await system.run(
      Effect.flatMap(now, (at) =>
        SessionStore.use((store) => store.list(UserId.make(ada.id), at, 10))
      )
    )
    assert.strictEqual(stored.length, left)
  })
})

describe("a reset that fails halfway", () => {
  it("has ended every session already, and is completed by the same request", async () => {
    const fault = failingOnce()
    const override = intercept(SessionStore, ({ endOutdated }) => ({
      endOutdated: fault.wrap(endOutdated, noSessions)
    }))
    const { system, ada, refresh, forgot, reset, logIn, get, post } = await open({ override })
    await using _ = system
    const code = await forgot(ada.email)
    fault.arm()
    expectProblem(await reset(code), 503, "unavailable")
    expectProblem(await refresh(ada), 401, "session_revoked")
    const phone = { phone: "+14155550123" }
    const refused = await post("/api/auth/phone", phone, { token: ada.token })
    expectProblem(refused, 401, "login_required")
    expectProblem(await reset({ ...code, password: `${another} 2` }), 410, "verification_expired")
    assert.strictEqual((await reset(code)).status, 204)
    assert.strictEqual((await logIn(ada.email, another)).status, 200)
    const { items } = (await get("/api/auth/sessions", { token: ada.token })).json
    assert.strictEqual(items.length, 1)
  })

  it("leaves a code that can't set a second password", async () => {
    const fault = failingOnce()
    const override = intercept(VerificationStore, ({ consume }) => ({
      consume: fault.wrap(consume, noVerifications)
    }))
    const { system, ada, forgot, reset, logIn } = await open({ override })
    await using _ = system
    const code = await forgot(ada.email)
    fault.arm()
    expectProblem(await reset(code), 503, "unavailable")
    expectProblem(await reset({ ...code, password: `${another} 2` }), 410, "verification_expired")
    assert.strictEqual((await reset(code)).status, 204)
    assert.strictEqual((await logIn(ada.email, another)).status, 200)
  })
})

describe("a verification that fails halfway", () => {
  it("creates one account, which the repeated request returns, with one audit event", async () => {
    const fault = failingOnce()
    const override = intercept(VerificationStore, ({ consume }) => ({
      consume: fault.wrap(consume, noVerifications)
    }))
    const { system, register, post, get, logIn, admin } = await open({ override })
    await using _ = system
    const { id, code } = await register("halfway@example.com")
    const verify = () => post("/api/auth/verify-otp", { verificationId: id, otp: code })
    fault.arm()
    expectProblem(await verify(), 503, "unavailable")
    const [second, third] = [await verify(), await verify()]
    assert.deepStrictEqual([second.status, third.status], [200, 200])
    assert.deepStrictEqual(third.json, second.json)
    assert.strictEqual((await logIn("halfway@example.com", password)).status, 200)
    const path = `/api/admin/events?kind=address_proven&userId=${second.json.user.id}`
    const events = await eventually("an event", async () => {
      const { items } = (await get(path, { token: admin.token })).json
      return items.length > 0 && items
    })
    assert.lengthOf(events, 1)
  })
})

describe("a repeated request with a used code", () => {
  it("changes no account, ends no session and clears no failure count", async () => {
    const writes: Array<string> = []
    const noted =
      <Args extends ReadonlyArray<unknown>, A, E>(
        name: string,
        real: (...args: Args) => Effect.Effect<A, E>
      ) =>
      (...args: Args): Effect.Effect<A, E> =>
        Effect.suspend(() => {
          writes.push(name)
          return real(...args)
        })
    const override = Layer.mergeAll(
      intercept(AccountStore, ({ create, setPassword, setPhone }) => ({
        create: noted("create", create),
        setPassword: noted("setPassword", setPassword),
        setPhone: noted("setPhone", setPhone)
      })),
      intercept(SessionStore, ({ endOutdated }) => ({
        endOutdated: noted("endOutdated", endOutdated)
      })),
      intercept(RateLimiter, ({ clear }) => ({ clear: noted("clear", clear) })),
      intercept(VerificationStore, ({ consume }) => ({ consume: noted("consume", consume) }))
    )
    const { system, ada, register, post, codeFor, forgot, reset } = await open({ override })
    await using _ = system
    const verify = (body: object) => post("/api/auth/verify-otp", body)
    const { id, code } = await register("repeats@example.com")
    const phone = uniquePhone()
    const asked = await post("/api/auth/phone", { phone }, { token: ada.token })
    const { verificationId } = asked.json
    const registration = { verificationId: id, otp: code }
    const proof = { verificationId, otp: await codeFor(phone) }
    const statuses = async () => [(await verify(registration)).status, (await verify(proof)).status]
    assert.deepStrictEqual(await statuses(), [200, 200])
    const resetting = await forgot(ada.email)
    writes.length = 0
    assert.deepStrictEqual(await statuses(), [200, 200])
    assert.deepStrictEqual(writes, [])
    assert.strictEqual((await reset(resetting)).status, 204)
    assert.deepStrictEqual(writes, ["setPassword", "clear", "endOutdated", "consume"])
    assert.strictEqual((await reset(resetting)).status, 204)
    assert.lengthOf(writes, 4)
  })
})

describe("a change that fails halfway", () => {
  it.each(["keep", "endOutdated"] as const)(
    "at %s has ended the other sessions already",
    async (step) => {
      const fault = failingOnce()
      const override = intercept(SessionStore, ({ keep, endOutdated }) =>
        step === "keep"
          ? { keep: fault.wrap(keep, noSessions) }
          : { endOutdated: fault.wrap(endOutdated, noSessions) }
      )
      const { system, ada, login, refresh, change, logIn } = await open({ override })
      await using _ = system
      const elsewhere = await login(ada.email, password)
      fault.arm()
      expectProblem(await change(ada, another), 503, "unavailable")
      expectProblem(await refresh(elsewhere), 401, "session_revoked")
      assert.strictEqual((await refresh(ada)).status, step === "keep" ? 401 : 200)
      assert.strictEqual((await logIn(ada.email, another)).status, 200)
    }
  )
})

describe("a mail to an owner", () => {
  it("is retried in the background while the mailer is unavailable", async () => {
    const subject = "Your password was changed"
    let failures = 0
    const failed = Deferred.makeUnsafe<void>()
    const override = intercept(Mailer, ({ send }) => ({
      send: (mail) =>
        Effect.suspend(() => {
          if (mail.subject !== subject || failures === 3) return send(mail)
          failures += 1
          const error = new MailerError({ reason: "unavailable", mayBeSent: false, cause: "away" })
          return Effect.andThen(Deferred.succeed(failed, undefined), Effect.fail(error))
        })
    }))
    const { system, ada, change, mailAbout, messages } = await open({
      override: Layer.provideMerge(override, TestClock.layer())
    })
    await using _ = system
    assert.strictEqual((await change(ada, another)).status, 204)
    await system.run(Deferred.await(failed))
    assert.isFalse((await messages(ada.email)).some((mail) => mail.subject === subject))
    await system.run(TestClock.adjust("10 seconds"))
    await mailAbout(ada.email, subject)
    assert.strictEqual(failures, 3)
  })
})
