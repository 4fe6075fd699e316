// Forgotten and changed passwords, from outside.
import { assert, describe, it } from "vitest"
import {
  eventually,
  expectProblem,
  type Person,
  password,
  unique,
  uniquePhone,
  type World
} from "./world.ts"

const unknownId = "0".repeat(32)
const another = "another correct horse"

export const passwords = (use: () => World): void => {
  const codeIn = (text: string) =>
    text.match(/new password is (\d{6}|[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})\b/u)?.[1]

  /** Asks for a code, and waits for it where one goes to `to`. */
  const forgot = async (email: string, to = email, channel?: string) => {
    const { post, messages } = use()
    const codes = async () => (await messages(to)).flatMap(({ text }) => codeIn(text) ?? [])
    const before = (await codes()).length
    const answer = await post("/api/auth/forgot-password", {
      email,
      ...(channel === undefined ? {} : { channel })
    })
    assert.strictEqual(answer.status, 202, answer.text)
    const otp = await eventually("a code", async () => {
      const [newest, ...others] = await codes()
      return others.length === before && newest
    })
    return { verificationId: answer.json.verificationId, otp }
  }
  const wrong = (otp: string) => (otp === "000000" ? "000001" : "000000")
  const reset = (body: object) =>
    use().post("/api/auth/reset-password", { password: another, ...body })
  const refresh = ({ refreshToken }: Person) => use().post("/api/auth/refresh", { refreshToken })
  const logIn = (email: string, secret: string) =>
    use().post("/api/auth/login", { email, password: secret })

  /** A user with a proven phone. */
  const withPhone = async (name: string) => {
    const { join, post, codeFor } = use()
    const person = await join(name)
    const phone = uniquePhone()
    const asked = await post("/api/auth/phone", { phone }, { token: person.token })
    const body = { verificationId: asked.json.verificationId, otp: await codeFor(phone) }
    assert.strictEqual((await post("/api/auth/verify-otp", body)).status, 200)
    return { ...person, phone }
  }

  describe("codes of an account with many wrong codes", () => {
    const short = /^\d{6}$/u
    const long = /^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/u

    /** A code for a new password is none that verify-otp takes. */
    const tryFive = (verificationId: string) =>
      Promise.all(
        Array.from({ length: 5 }, async () =>
          use().post("/api/auth/verify-otp", { verificationId, otp: "000000" })
        )
      )

    /** 95 wrong codes. */
    const guessAt = async (email: string) => {
      for (let i = 0; i < 19; i++) {
        const asked = await use().post("/api/auth/forgot-password", { email })
        for (const answer of await tryFive(asked.json.verificationId))
          expectProblem(answer, 400, "invalid_otp")
      }
    }

    /** Five more; they are counted after the answers. */
    const pass100 = async (email: string, to = email, channel?: string) => {
      await tryFive((await forgot(email, to, channel)).verificationId)
      return eventually("a long code", async () => {
        const code = await forgot(email, to, channel)
        return code.otp.length > 6 && code
      })
    }

    it("are long after 100 wrong ones until a right one, and match in any spelling", async () => {
      const { email } = await use().join("guessed")
      await guessAt(email)
      assert.match((await forgot(email)).otp, short)
      const { verificationId, otp } = await pass100(email)
      assert.match(otp, long)
      expectProblem(await reset({ verificationId, otp: "000000" }), 400, "invalid_otp")
      expectProblem(await reset({ verificationId, otp: otp.slice(0, 9) }), 400, "invalid_request")
      const typed = otp.toLowerCase().replace("-", " ").replace("-", "").replaceAll("0", "o")
      assert.strictEqual((await reset({ verificationId, otp: typed })).status, 204)
      assert.match((await forgot(email)).otp, short)
    })

    it("are short again after a login of their owner", async () => {
      const { email } = await use().join("returns")
      await guessAt(email)
      assert.match((await pass100(email)).otp, long)
      expectProblem(await logIn(email, "a wrong one"), 401, "invalid_credentials")
      assert.match((await forgot(email)).otp, long)
      assert.strictEqual((await logIn(email, password)).status, 200)
      assert.match((await forgot(email)).otp, short)
    })

    it("are long by SMS too, and for verifying a phone", async () => {
      const { post, codeFor } = use()
      const { email, phone, token } = await withPhone("rings")
      await guessAt(email)
      assert.match((await pass100(email, phone, "sms")).otp, long)
      const next = uniquePhone()
      const asked = await post("/api/auth/phone", { phone: next }, { token })
      const otp = await codeFor(next)
      assert.match(otp, long)
      const body = { verificationId: asked.json.verificationId, otp }
      const proven = await post("/api/auth/verify-otp", body)
      assert.strictEqual(proven.status, 200, proven.text)
      assert.match((await forgot(email, next, "sms")).otp, short)
    })

    it("behave alike for an address without an account", async () => {
      const nobody = `${unique("nobody")}@example.com`
      await guessAt(nobody)
      await guessAt(nobody)
      assert.deepStrictEqual(await use().messages(nobody), [])
    })
  })

  describe("forgot-password", () => {
    it("answers alike for an address without an account, and sends nothing there", async () => {
      const { join, post, messages, mailAbout } = use()
      const { email } = await join("forgets")
      const nobody = `${unique("nobody")}@example.com`
      const unknown = await post("/api/auth/forgot-password", { email: nobody })
      const known = await post("/api/auth/forgot-password", { email: email.toUpperCase() })
      for (const { status, json } of [unknown, known])
        assert.deepStrictEqual(
          [status, Object.keys(json)],
          [202, ["verificationId", "expiresAt", "resendAt"]]
        )
      await mailAbout(email, "Your code for a new password")
      assert.deepStrictEqual(await messages(nobody), [])
      const guess = { verificationId: unknown.json.verificationId, otp: "000000" }
      expectProblem(await reset(guess), 400, "invalid_otp")
      const { verificationId } = guess
      const again = await post("/api/auth/resend-otp", { verificationId })
      expectProblem(again, 429, "rate_limited")
    })

    it("sends a code by SMS to a proven phone, which sets a new password too", async () => {
      const { email, phone } = await withPhone("texts")
      const code = await forgot(email, phone, "sms")
      assert.strictEqual((await reset(code)).status, 204)
      assert.strictEqual((await logIn(email, another)).status, 200)
    })

    it("answers alike where there is no proven phone, and sends nothing", async () => {
      const { join, post, messages } = use()
      const { email } = await join("phoneless")
      const other = await withPhone("other")
      const sent = (await messages(email)).length
      const answer = await post("/api/auth/forgot-password", { email, channel: "sms" })
      assert.strictEqual(answer.status, 202)
      // Its mail, if one was sent, is there when that of a later request is.
      await forgot(other.email, other.phone, "sms")
      assert.strictEqual((await messages(email)).length, sent)
    })

    it("treats a null channel as absent: the code comes by mail", async () => {
      const { join, post, codeFor } = use()
      const { email } = await join("null-channel")
      const { status } = await post("/api/auth/forgot-password", { email, channel: null })
      assert.strictEqual(status, 202)
      assert.isString(await codeFor(email))
    })

    it.each([
      ["body.email", { email: "nobody" }],
      ["body.email", { email: { $ne: "" } }],
      ["body.channel", { email: "a@example.com", channel: "pigeon" }],
      ["body.channel", { email: "a@example.com", channel: "" }]
    ])("refuses an invalid %s", async (path, json) => {
      const answer = await use().post("/api/auth/forgot-password", json)
      expectProblem(answer, 400, "invalid_request")
      assert.strictEqual(answer.json.errors[0].path, path)
    })
  })

  describe("reset-password", () => {
    it("sets a new password, ends every session, and tells the owner by mail", async () => {
      const { join, login, mailAbout } = use()
      const person = await join("resets")
      const elsewhere = await login(person.email, password)
      const code = await forgot(person.email)
      assert.strictEqual((await reset(code)).status, 204)
      for (const ended of [person, elsewhere])
        expectProblem(await refresh(ended), 401, "session_revoked")
      expectProblem(await logIn(person.email, password), 401, "invalid_credentials")
      const fresh = await login(person.email, another)
      assert.strictEqual((await refresh(fresh)).status, 200)
      await mailAbout(person.email, "Your password was changed")
    })

    it("uses a code once: of several concurrent passwords one is set", async () => {
      const { email } = await use().join("rushes")
      const code = await forgot(email)
      const tries = [1, 2, 3].map((n) => `${another} ${n}`)
      const answers = await Promise.all(tries.map((secret) => reset({ ...code, password: secret })))
      assert.deepStrictEqual(answers.map(({ status }) => status).toSorted(), [204, 410, 410])
      const logins = await Promise.all(tries.map((secret) => logIn(email, secret)))
      assert.deepStrictEqual(
        logins.map(({ status }) => status === 200),
        answers.map(({ status }) => status === 204)
      )
      expectProblem(await reset(code), 410, "verification_expired")
    })

    it("sets one of 20 different concurrent passwords", async () => {
      const { email } = await use().join("storms")
      const code = await forgot(email)
      const tries = Array.from({ length: 20 }, (_, n) => `${another} ${n}`)
      const answers = await Promise.all(tries.map((secret) => reset({ ...code, password: secret })))
      const winners = tries.filter((_, n) => answers[n]?.status === 204)
      assert.lengthOf(winners, 1)
      // 503: a host without threads refuses what it cannot hash at the same time.
      for (const { status, text } of answers) assert.include([204, 410, 429, 503], status, text)
      for (const winner of winners) assert.strictEqual((await logIn(email, winner)).status, 200)
    })

    it("sets a password once: the same request gets the same answer and changes nothing", async () => {
      const { join, login, mailAbout, messages, post } = use()
      const { email } = await join("repeats")
      const code = await forgot(email)
      const answers = await Promise.all([reset(code), reset(code)])
      for (const { status, text } of answers) assert.strictEqual(status, 204, text)
      const person = await login(email, another)
      assert.strictEqual((await reset(code)).status, 204)
      expectProblem(await reset({ ...code, password: `${another} 2` }), 410, "verification_expired")
      assert.strictEqual((await refresh(person)).status, 200)
      const subject = "Your password was changed"
      await mailAbout(email, subject)
      const notices = (await messages(email)).filter((mail) => mail.subject === subject)
      assert.lengthOf(notices, 1)
      const change = { password: another, newPassword: `${another} 3` }
      const changed = await post("/api/auth/change-password", change, { token: person.token })
      assert.strictEqual(changed.status, 204, changed.text)
      expectProblem(await reset(code), 410, "verification_expired")
      assert.strictEqual((await logIn(email, `${another} 3`)).status, 200)
    })

    it("ends the other codes for resetting the old password", async () => {
      const { email } = await use().join("impatient")
      const [one, other] = [await forgot(email), await forgot(email)]
      assert.strictEqual((await reset(one)).status, 204)
      const late = { ...other, password: `${another} 2` }
      expectProblem(await reset(late), 410, "verification_expired")
      assert.strictEqual((await logIn(email, another)).status, 200)
    })

    it("allows five attempts on a code, also concurrent ones, and then refuses even the right one", async () => {
      const { email } = await use().join("guessed")
      const code = await forgot(email)
      const guess = { ...code, otp: wrong(code.otp) }
      const answers = await Promise.all(Array.from({ length: 12 }, () => reset(guess)))
      const codes = answers.map(({ json }) => json.code)
      assert.strictEqual(codes.filter((given) => given === "invalid_otp").length, 5)
      assert.strictEqual(codes.filter((given) => given === "too_many_attempts").length, 7)
      expectProblem(await reset(code), 429, "too_many_attempts")
      assert.strictEqual((await logIn(email, password)).status, 200)
    })

    it("refuses a weak password before it counts an attempt", async () => {
      const { email } = await use().join("weak")
      const code = await forgot(email)
      for (const weak of ["seven77", "x".repeat(129), email, "seven77", "seven77", "seven77"])
        expectProblem(await reset({ ...code, password: weak }), 422, "weak_password")
      assert.strictEqual((await reset(code)).status, 204)
    })

    it("refuses a code of another kind, and counts the attempt", async () => {
      const { register, post, join } = use()
      const registration = await register(`${unique("new")}@example.com`)
      const body = { verificationId: registration.id, otp: registration.code }
      for (let i = 0; i < 5; i++) expectProblem(await reset(body), 400, "invalid_otp")
      expectProblem(await post("/api/auth/verify-otp", body), 429, "too_many_attempts")

      const { email } = await join("crosses")
      const code = await forgot(email)
      for (let i = 0; i < 5; i++)
        expectProblem(await post("/api/auth/verify-otp", code), 400, "invalid_otp")
      expectProblem(await reset(code), 429, "too_many_attempts")
    })

    it("refuses the id of a verification that it did not start", async () => {
      const answer = await reset({ verificationId: unknownId, otp: "123456" })
      expectProblem(answer, 410, "verification_expired")
    })
  })

  describe("change-password", () => {
    const change = ({ token }: Person, from: string, to: string) =>
      use().post("/api/auth/change-password", { password: from, newPassword: to }, { token })

    it("sets a new password, ends the other sessions, and tells the owner by mail", async () => {
      const { join, login, mailAbout, get } = use()
      const here = await join("changes")
      const there = await login(here.email, password)
      assert.strictEqual((await change(here, password, another)).status, 204)
      expectProblem(await refresh(there), 401, "session_revoked")
      const kept = await refresh(here)
      assert.strictEqual(kept.status, 200, kept.text)
      const sessions = await get("/api/auth/sessions", { token: kept.json.accessToken })
      assert.deepStrictEqual(
        sessions.json.items.map(({ current }: { current: boolean }) => current),
        [true]
      )
      expectProblem(await logIn(here.email, password), 401, "invalid_credentials")
      assert.strictEqual((await logIn(here.email, another)).status, 200)
      await mailAbout(here.email, "Your password was changed")
    })

    it("needs the current password", async () => {
      const person = await use().join("forgetful")
      expectProblem(await change(person, another, `${another} 2`), 401, "invalid_credentials")
      assert.strictEqual((await refresh(person)).status, 200)
      assert.strictEqual((await logIn(person.email, password)).status, 200)
    })

    it("refuses a weak one, with advice", async () => {
      const person = await use().join("careless")
      for (const weak of ["seven77", person.email]) {
        const answer = await change(person, password, weak)
        expectProblem(answer, 422, "weak_password")
      }
      assert.strictEqual((await logIn(person.email, password)).status, 200)
    })

    it("accepts one of several concurrent changes", async () => {
      const person = await use().join("hurries")
      const tries = [1, 2, 3].map((n) => `${another} ${n}`)
      const answers = await Promise.all(tries.map((secret) => change(person, password, secret)))
      assert.deepStrictEqual(answers.map(({ status }) => status).toSorted(), [204, 401, 401])
      const logins = await Promise.all(tries.map((secret) => logIn(person.email, secret)))
      assert.deepStrictEqual(
        logins.map(({ status }) => status === 200),
        answers.map(({ status }) => status === 204)
      )
    })
  })
}
