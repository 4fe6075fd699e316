// Accounts, codes and sessions, from outside.
import { assert, describe, it } from "vitest"
import { eventually, expectProblem, password, unique, uniquePhone, type World } from "./world.ts"

const unknownId = "0".repeat(32)

export const accounts = (use: () => World): void => {
  const address = () => `${unique("new")}@example.com`

  describe("register and verify-otp", () => {
    it("creates an account once its address is verified, and not before", async () => {
      const { register, post, get } = use()
      const email = address()
      const { id, code } = await register(email)
      expectProblem(await post("/api/auth/login", { email, password }), 401, "invalid_credentials")
      const verified = await post("/api/auth/verify-otp", { verificationId: id, otp: code })
      assert.strictEqual(verified.status, 200)
      assert.deepStrictEqual(
        [verified.json.user.email, verified.json.user.name, verified.json.user.role],
        [email, "Somebody", "user"]
      )
      const { json } = await post("/api/auth/login", { email, password })
      const me = await get("/api/auth/me", { token: json.accessToken })
      assert.deepStrictEqual(me.json, { user: verified.json.user })
    })

    it.each([
      ["a top-level domain in its ASCII form", "ada@xn--e1afmkfd.xn--p1ai"],
      ["the longest of them", "ada@example.xn--vermgensberatung-pwb"],
      ["&", "marks&sparks@example.com"],
      ["/ and =", "c=de/o=shop@example.com"],
      ["all that RFC 5321 takes without quotes", "!#$%&'*+-/=?^_`{|}~@example.com"],
      ["an apostrophe at its end", "ada'@example.com"]
    ])("takes an address with %s", async (_, given) => {
      const { post, codeFor } = use()
      const email = `${unique("a")}${given}`
      const { status, json } = await post("/api/auth/register", { email, password })
      assert.strictEqual(status, 202)
      const otp = await codeFor(email)
      const verified = await post("/api/auth/verify-otp", {
        ...json,
        otp,
        expiresAt: undefined,
        resendAt: undefined
      })
      assert.strictEqual(verified.json.user.email, email)
    })

    it("trims blanks around a pasted address", async () => {
      const { ada, login } = use()
      for (const email of [` ${ada.email}`, `${ada.email}\u00a0\n`])
        assert.strictEqual((await login(email, password)).id, ada.id)
    })

    it.each([
      "a b@example.com",
      ".a@example.com",
      "a.@example.com",
      "a..b@example.com",
      "a@b",
      "a@127.0.0.1",
      "a@[127.0.0.1]",
      '"a b"@example.com',
      "a@example.xn--",
      "a@example.xn--a-",
      "a@éxample.com",
      "a@example.com, b@example.com",
      "Ada <a@example.com>",
      "a@example.com\r\nBcc: b@example.com"
    ])("refuses the address %j", async (email) => {
      const answer = await use().post("/api/auth/register", { email, password })
      expectProblem(answer, 400, "invalid_request")
      assert.strictEqual(answer.json.errors[0].path, "body.email")
    })

    it("takes null for the name as absent", async () => {
      const { post, codeFor } = use()
      const email = address()
      const { status, json } = await post("/api/auth/register", { email, password, name: null })
      assert.strictEqual(status, 202)
      const { verificationId } = json
      const verified = await post("/api/auth/verify-otp", {
        verificationId,
        otp: await codeFor(email)
      })
      assert.strictEqual(verified.json.user.name, null)
    })

    it.each([
      ["the one that is named", { locale: "de" }, "en", "de"],
      ["the client's", {}, "fr, de-AT;q=0.8, en;q=0.5", "de"],
      ["the client's, where null is named", { locale: null }, "de", "de"],
      ["English, where the client asks for none that there is", {}, "fr", "en"]
    ] as const)(
      "writes mails in %s, from the first code on",
      async (_, named, acceptLanguage, locale) => {
        const { call, post, messages, codeFor } = use()
        const email = address()
        const { status, json } = await call("POST", "/api/auth/register", {
          json: { email, password, ...named },
          headers: { "accept-language": acceptLanguage }
        })
        assert.strictEqual(status, 202)
        const otp = await codeFor(email)
        const subject = { en: "Your verification code", de: "Ihr Bestätigungscode" }[locale]
        assert.strictEqual((await messages(email))[0]?.subject, subject)
        const { verificationId } = json
        const verified = await post("/api/auth/verify-otp", { verificationId, otp })
        assert.strictEqual(verified.json.user.locale, locale)
      }
    )

    it("refuses a language that it has no texts for", async () => {
      const answer = await use().post("/api/auth/register", {
        email: address(),
        password,
        locale: "fr"
      })
      expectProblem(answer, 400, "invalid_request")
      assert.strictEqual(answer.json.errors[0].path, "body.locale")
    })

    it("tells the owner of an address that is taken in the owner's language", async () => {
      const { join, call, post, mailAbout } = use()
      const { email, token } = await join("german")
      await call("PATCH", "/api/auth/me", { json: { locale: "de" }, token })
      await post("/api/auth/register", { email, password, locale: "en" })
      await mailAbout(email, "Sie haben bereits ein Konto")
    })

    it("ignores the case of letters in an address", async () => {
      const { ada, post } = use()
      const { status } = await post("/api/auth/login", {
        email: ada.email.toUpperCase(),
        password
      })
      assert.strictEqual(status, 200)
    })

    it("answers alike for an address that is taken, and tells its owner by mail", async () => {
      const { ada, post, messages } = use()
      const before = (await messages(ada.email)).length
      const free = await post("/api/auth/register", { email: address(), password })
      const taken = await post("/api/auth/register", { email: ada.email, password })
      assert.strictEqual(taken.status, 202)
      assert.deepStrictEqual(Object.keys(taken.json), Object.keys(free.json))
      const mails = await eventually("the mail", async () => {
        const all = await messages(ada.email)
        return all.length > before && all
      })
      assert.notMatch(mails[0]?.text ?? "", /\d{6}/u)
      const guess = { verificationId: taken.json.verificationId, otp: "000000" }
      expectProblem(await post("/api/auth/verify-otp", guess), 400, "invalid_otp")
    })

    it("never has the code in a response", async () => {
      const { post, codeFor } = use()
      const email = address()
      const answer = await post("/api/auth/register", { email, password })
      const code = await codeFor(email)
      assert.notInclude(answer.text, code)
      assert.notInclude(JSON.stringify([...answer.headers]), code)
    })

    it("puts no text of the requester into a mail to another person", async () => {
      const { post, codeFor, messages } = use()
      const [known, unknown] = [use().ada.email, address()]
      const name = "You have won: https://evil.example"
      for (const email of [known, unknown])
        await post("/api/auth/register", { email, password, name })
      await codeFor(unknown)
      for (const mail of [...(await messages(known)), ...(await messages(unknown))])
        assert.notInclude(JSON.stringify(mail), "evil.example")
    })

    it("uses a code once: a repeat gets the first answer again and changes nothing", async () => {
      const { register, login, post, get, codeFor } = use()
      const email = address()
      const { id, code } = await register(email)
      const body = { verificationId: id, otp: code }
      const first = await post("/api/auth/verify-otp", body)
      const { token } = await login(email, password)
      const phone = uniquePhone()
      const asked = await post("/api/auth/phone", { phone }, { token })
      const proof = { verificationId: asked.json.verificationId, otp: await codeFor(phone) }
      assert.strictEqual((await post("/api/auth/verify-otp", proof)).status, 200)
      const repeated = await post("/api/auth/verify-otp", body)
      assert.deepStrictEqual([first.status, repeated.status], [200, 200])
      assert.deepStrictEqual(repeated.json, first.json)
      const { json } = await get("/api/auth/me", { token })
      assert.deepStrictEqual(json.user, { ...first.json.user, phone })
    })

    it("gives concurrent requests with the right code the same answer", async () => {
      const { register, post } = use()
      for (const times of [2, 2, 2, 2, 5]) {
        const { id, code } = await register(address())
        const body = { verificationId: id, otp: code }
        const answers = await Promise.all(
          Array.from({ length: times }, () => post("/api/auth/verify-otp", body))
        )
        for (const answer of answers) {
          assert.strictEqual(answer.status, 200, answer.text)
          assert.deepStrictEqual(answer.json, answers[0]?.json)
        }
      }
    })

    it("creates one account for two registrations of an address, and refuses the other code", async () => {
      const { register, post, login, messages } = use()
      const email = address()
      const one = await register(email)
      const { json } = await post("/api/auth/register", { email, password: `${password} 2` })
      const text = await eventually("a second code", async () => {
        const [newest, ...others] = await messages(email)
        return others.length === 1 && newest?.text
      })
      const otp = text.match(/\b\d{6}\b/u)?.[0]
      const other = { verificationId: json.verificationId, otp }
      const verify = (body: object) => post("/api/auth/verify-otp", body)
      assert.strictEqual((await verify({ verificationId: one.id, otp: one.code })).status, 200)
      for (let i = 0; i < 2; i++) expectProblem(await verify(other), 410, "verification_expired")
      await login(email, password)
    })

    it("accepts five requests with a used code in all, and refuses a wrong code as before", async () => {
      const { register, post } = use()
      const { id, code } = await register(address())
      const verify = (otp: string) => post("/api/auth/verify-otp", { verificationId: id, otp })
      const wrong = code === "000000" ? "000001" : "000000"
      assert.strictEqual((await verify(code)).status, 200)
      for (let i = 0; i < 3; i++) expectProblem(await verify(wrong), 400, "invalid_otp")
      assert.strictEqual((await verify(code)).status, 200)
      expectProblem(await verify(code), 429, "too_many_attempts")
    })

    it("allows five attempts on a code, also concurrent ones, and then refuses even the right one", async () => {
      const { register, post } = use()
      const { id, code } = await register(address())
      const wrong = code === "000000" ? "000001" : "000000"
      const body = { verificationId: id, otp: wrong }
      const answers = await Promise.all(
        Array.from({ length: 12 }, () => post("/api/auth/verify-otp", body))
      )
      const codes = answers.map(({ json }) => json.code)
      assert.strictEqual(codes.filter((given) => given === "invalid_otp").length, 5)
      assert.strictEqual(codes.filter((given) => given === "too_many_attempts").length, 7)
      const right = { verificationId: id, otp: code }
      expectProblem(await post("/api/auth/verify-otp", right), 429, "too_many_attempts")
    })

    it("does not verify one address with the code of another", async () => {
      const { register, post } = use()
      const [one, other] = await Promise.all([register(address()), register(address())])
      if (one.code === other.code) return
      const crossed = { verificationId: one.id, otp: other.code }
      expectProblem(await post("/api/auth/verify-otp", crossed), 400, "invalid_otp")
    })

    it("refuses the id of a verification that it did not start", async () => {
      const { post } = use()
      const body = { verificationId: unknownId, otp: "123456" }
      expectProblem(await post("/api/auth/verify-otp", body), 410, "verification_expired")
      const again = await post("/api/auth/resend-otp", { verificationId: unknownId })
      expectProblem(again, 410, "verification_expired")
    })

    it("sends a new code only after a minute", async () => {
      const { register, post } = use()
      const { id } = await register(address())
      const again = await post("/api/auth/resend-otp", { verificationId: id })
      expectProblem(again, 429, "rate_limited")
      const wait = Number(again.headers.get("retry-after"))
      assert.isTrue(wait > 0 && wait <= 60, `Retry-After: ${wait}`)
    })

    it.each([
      ["short", "seven77"],
      ["long", "x".repeat(129)]
    ])("refuses a password that is too %s, with advice", async (_, weak) => {
      const answer = await use().post("/api/auth/register", { email: address(), password: weak })
      expectProblem(answer, 422, "weak_password")
      assert.include(answer.json.detail, "characters")
    })

    it.each([
      ["known from breaches", "PassW0rd", "breaches"],
      ["the address", "somebody.new", "email address"],
      ["a word of the service", "orders-2026", "words of this service"],
      ["easy to guess", "kettle2026", "guess"]
    ])("refuses a password that is %s, with the reason", async (_, weak, why) => {
      const email = `somebody.new@${unique("host")}.example.com`
      const answer = await use().post("/api/auth/register", { email, password: weak })
      expectProblem(answer, 422, "weak_password")
      assert.include(answer.json.detail, why)
    })

    it("accepts a password in any script, with spaces, in any Unicode form", async () => {
      const { post, register, login } = use()
      const email = address()
      const chosen = "  пароль 🔑 é  "
      const { id, code } = await register(email, chosen)
      await post("/api/auth/verify-otp", { verificationId: id, otp: code })
      for (const same of [chosen, chosen.normalize("NFD"), chosen.replaceAll(" ", "\u00A0")])
        await login(email, same)
      for (const other of [
        chosen.trim(),
        chosen.toUpperCase(),
        `${chosen} `,
        chosen.replace("🔑", "🔒")
      ])
        expectProblem(
          await post("/api/auth/login", { email, password: other }),
          401,
          "invalid_credentials"
        )
    })

    it("distinguishes passwords of 128 characters by their last one", async () => {
      const { post, register, login } = use()
      const email = address()
      const chosen = `${"long ".repeat(25)}end`
      const { id, code } = await register(email, chosen)
      await post("/api/auth/verify-otp", { verificationId: id, otp: code })
      await login(email, chosen)
      const cut = await post("/api/auth/login", { email, password: chosen.slice(0, -1) })
      expectProblem(cut, 401, "invalid_credentials")
    })

    it.each([
      ["body.email", { email: "nobody", password }],
      ["body.email", { email: `${"a".repeat(65)}@example.com`, password }],
      ["body.email", { email: "a@example-.com", password }],
      ["body.email", { email: `${"a".repeat(250)}@example.com`, password }],
      ["body.email", { password }],
      ["body.email", { email: { $ne: "" }, password }],
      ["body.password", { email: "a@example.com", password: 12345678 }],
      ["body.password", { email: "a@example.com", password: "x".repeat(1025) }],
      ["body.password", { email: "a@example.com", password: "half a pair: \ud800" }],
      ["body.name", { email: "a@example.com", password, name: "" }],
      ["body.name", { email: "a@example.com", password, name: "x".repeat(101) }],
      ["body.name", { email: "a@example.com", password, name: "a\u0000b" }],
      ["body.name", { email: "a@example.com", password, name: "\ud800" }],
      ["body.name", { email: "a@example.com", password, name: " \u3164" }],
      ["body.name", { email: "a@example.com", password, name: "a\u2066b" }],
      ["body.role", { email: "a@example.com", password, role: "admin" }],
      ["body", []],
      ["body", null],
      ["body", "text"]
    ])("refuses a %s that does not fit", async (path, json) => {
      const answer = await use().post("/api/auth/register", json)
      expectProblem(answer, 400, "invalid_request")
      assert.include(
        answer.json.errors.map((error: { path: string }) => error.path),
        path
      )
    })

    it.each([
      ["body.otp", { verificationId: unknownId, otp: "12345" }],
      ["body.otp", { verificationId: unknownId, otp: "1234567" }],
      ["body.otp", { verificationId: unknownId, otp: "12345a" }],
      ["body.otp", { verificationId: unknownId, otp: "１２３４５６" }],
      ["body.otp", { verificationId: unknownId, otp: 123456 }],
      ["body.verificationId", { verificationId: "1", otp: "123456" }],
      ["body.verificationId", { verificationId: { $gt: "" }, otp: "123456" }]
    ])("refuses a %s that does not fit in verify-otp", async (path, json) => {
      const answer = await use().post("/api/auth/verify-otp", json)
      expectProblem(answer, 400, "invalid_request")
      assert.strictEqual(answer.json.errors[0].path, path)
    })
  })

  describe("login", () => {
    it("answers alike for an unknown, an unverified and a wrong one", async () => {
      const { ada, register, post } = use()
      const unverified = address()
      await register(unverified)
      const answers = await Promise.all(
        [
          { email: address(), password },
          { email: unverified, password },
          { email: ada.email, password: `${password}!` }
        ].map((json) => post("/api/auth/login", json))
      )
      const [first, ...others] = answers.map(({ status, json, headers }) => ({
        status,
        json: { ...json, instance: "" },
        challenge: headers.get("www-authenticate")
      }))
      assert.strictEqual(first?.json.code, "invalid_credentials")
      for (const other of others) assert.deepStrictEqual(other, first)
    })

    it("refuses a password with half of a surrogate pair, which would be hashed like any other half", async () => {
      const { ada, post } = use()
      const answer = await post("/api/auth/login", { email: ada.email, password: "\udc00" })
      expectProblem(answer, 400, "invalid_request")
      assert.deepStrictEqual(answer.json.errors, [
        { path: "body.password", message: "must be well-formed Unicode" }
      ])
    })

    it("says when the tokens expire", async () => {
      const { ada, post } = use()
      const { json } = await post("/api/auth/login", { email: ada.email, password })
      assert.deepStrictEqual([json.tokenType, json.expiresIn], ["Bearer", 900])
      assert.approximately(json.refreshExpiresIn, 14 * 24 * 3600, 2)
    })
  })

  describe("refresh and logout", () => {
    it("exchanges a refresh token, and gives the previous token the same successor", async () => {
      const { ada, login, post, get } = use()
      const { refreshToken } = await login(ada.email, password)
      const next = await post("/api/auth/refresh", { refreshToken })
      assert.strictEqual(next.status, 200)
      assert.notStrictEqual(next.json.refreshToken, refreshToken)
      const tab = await post("/api/auth/refresh", { refreshToken })
      assert.strictEqual(tab.json.refreshToken, next.json.refreshToken)
      const me = await get("/api/auth/me", { token: next.json.accessToken })
      assert.strictEqual(me.json.user.id, ada.id)
    })

    it("ends the session when an old refresh token comes back, and tells the owner by mail", async () => {
      const { join, post, mailAbout } = use()
      const { email, refreshToken: first } = await join("robbed")
      const second = (await post("/api/auth/refresh", { refreshToken: first })).json.refreshToken
      const third = (await post("/api/auth/refresh", { refreshToken: second })).json.refreshToken
      const stolen = await post("/api/auth/refresh", { refreshToken: first })
      expectProblem(stolen, 401, "session_revoked")
      expectProblem(
        await post("/api/auth/refresh", { refreshToken: third }),
        401,
        "session_revoked"
      )
      const mail = await mailAbout(email, "One of your logins was ended")
      assert.notInclude(mail.text, third)
    })

    it("refuses a refresh after logout, and accepts a second logout", async () => {
      const { ada, login, post } = use()
      const { refreshToken } = await login(ada.email, password)
      assert.strictEqual((await post("/api/auth/logout", { refreshToken })).status, 204)
      expectProblem(await post("/api/auth/refresh", { refreshToken }), 401, "session_revoked")
      assert.strictEqual((await post("/api/auth/logout", { refreshToken })).status, 204)
      const nonsense = { refreshToken: "nonsense" }
      assert.strictEqual((await post("/api/auth/logout", nonsense)).status, 204)
    })

    it("accepts neither kind of token in place of the other", async () => {
      const { ada, post, get } = use()
      const answer = await post("/api/auth/refresh", { refreshToken: ada.token })
      expectProblem(answer, 401, "invalid_token")
      expectProblem(await get("/api/auth/me", { token: ada.refreshToken }), 401, "invalid_token")
    })

    it("forbids caches to store responses with tokens", async () => {
      const { ada, post } = use()
      const { headers } = await post("/api/auth/login", { email: ada.email, password })
      assert.strictEqual(headers.get("cache-control"), "no-store")
    })
  })

  describe("the profile", () => {
    it("has a name and a language, which change independently", async () => {
      const { join, call, get } = use()
      const { token } = await join("changes")
      const change = (json: object) => call("PATCH", "/api/auth/me", { json, token })
      const { user } = (await get("/api/auth/me", { token })).json
      assert.deepStrictEqual([user.name, user.locale], ["Somebody", "en"])
      for (const [json, now] of [
        [{}, {}],
        [{ locale: null }, {}],
        [{ locale: "de" }, { locale: "de" }],
        [{ name: "Ada" }, { locale: "de", name: "Ada" }],
        [
          { name: null, locale: "en" },
          { locale: "en", name: null }
        ]
      ] as const) {
        const answer = await change(json)
        assert.strictEqual(answer.status, 200, answer.text)
        assert.deepStrictEqual(answer.json, { user: { ...user, ...now } })
        assert.deepStrictEqual((await get("/api/auth/me", { token })).json, answer.json)
      }
    })

    it.each([
      ["locale", { locale: "fr" }],
      ["name", { name: "" }],
      ["name", { name: "a\u202eb" }],
      ["role", { role: "admin" }],
      ["email", { email: "other@example.com" }]
    ])("refuses a %s that a user may not set, and changes nothing", async (field, json) => {
      const { call, get, bob } = use()
      const before = (await get("/api/auth/me", { token: bob.token })).json
      const given = { name: "Robert", ...json }
      const answer = await call("PATCH", "/api/auth/me", { json: given, token: bob.token })
      expectProblem(answer, 400, "invalid_request")
      assert.strictEqual(answer.json.errors[0].path, `body.${field}`)
      assert.deepStrictEqual((await get("/api/auth/me", { token: bob.token })).json, before)
    })

    it("sets the language of later codes, notices and texts", async () => {
      const { join, call, post, mailAbout, codeFor, messages } = use()
      const { email, token } = await join("reads")
      await call("PATCH", "/api/auth/me", { json: { locale: "de" }, token })
      const { json } = await post("/api/auth/forgot-password", { email })
      const { text } = await mailAbout(email, "Ihr Code für ein neues Passwort")
      const otp = text.match(/\b\d{6}\b/u)?.[0]
      const reset = { verificationId: json.verificationId, otp, password: `${password} 2` }
      assert.strictEqual((await post("/api/auth/reset-password", reset)).status, 204)
      await mailAbout(email, "Ihr Passwort wurde geändert")
      const phone = uniquePhone()
      const again = await use().login(email, `${password} 2`)
      await post("/api/auth/phone", { phone }, { token: again.token })
      await codeFor(phone)
      assert.include((await messages(phone))[0]?.text, "Ihr Code ist")
    })
  })

  describe("phone", () => {
    it("sets a number once its code has verified it, and tells the owner by mail", async () => {
      const { bob, post, get, codeFor, mailAbout } = use()
      const phone = uniquePhone()
      const asked = await post("/api/auth/phone", { phone }, { token: bob.token })
      assert.strictEqual(asked.status, 202, asked.text)
      const before = await get("/api/auth/me", { token: bob.token })
      assert.isNull(before.json.user.phone)
      const body = { verificationId: asked.json.verificationId, otp: await codeFor(phone) }
      assert.strictEqual((await post("/api/auth/verify-otp", body)).json.user.phone, phone)
      const after = await get("/api/auth/me", { token: bob.token })
      assert.strictEqual(after.json.user.phone, phone)
      await mailAbout(bob.email, "Your phone number was changed")
    })

    it("is removed, with one mail to the owner, and a code sent to it is no longer valid", async () => {
      const { join, post, get, call, messages, codeFor, mailAbout } = use()
      const { email, token } = await join("moves")
      const phone = uniquePhone()
      const asked = await post("/api/auth/phone", { phone }, { token })
      const proof = { verificationId: asked.json.verificationId, otp: await codeFor(phone) }
      assert.strictEqual((await post("/api/auth/verify-otp", proof)).status, 200)
      const forgot = await post("/api/auth/forgot-password", { email, channel: "sms" })
      const { text } = await eventually("a code for a new password", async () =>
        (await messages(phone)).find(({ text }) => text.includes("new password"))
      )
      const remove = () => call("DELETE", "/api/auth/phone", { token })
      assert.strictEqual((await remove()).status, 204)
      assert.isNull((await get("/api/auth/me", { token })).json.user.phone)
      await mailAbout(email, "Your phone number was removed")
      const { verificationId } = forgot.json
      const otp = text.match(/\b\d{6}\b/u)?.[0]
      const body = { verificationId, otp, password: "another correct horse" }
      expectProblem(await post("/api/auth/reset-password", body), 410, "verification_expired")
      assert.strictEqual((await remove()).status, 204)
      const sent = (await messages(phone)).length
      await post("/api/auth/forgot-password", { email, channel: "sms" })
      await post("/api/auth/forgot-password", { email })
      await mailAbout(email, "Your code for a new password")
      assert.strictEqual((await messages(phone)).length, sent)
      const about = (await messages(email)).filter(({ subject }) => subject.includes("removed"))
      assert.lengthOf(about, 1)
    })

    it("that was replaced can't reset the password with a code sent to it", async () => {
      const { join, post, messages, codeFor } = use()
      const { email, token } = await join("changes")
      const prove = async (phone: string) => {
        const { verificationId } = (await post("/api/auth/phone", { phone }, { token })).json
        const proof = { verificationId, otp: await codeFor(phone) }
        assert.strictEqual((await post("/api/auth/verify-otp", proof)).status, 200)
      }
      const phone = uniquePhone()
      await prove(phone)
      const forgot = await post("/api/auth/forgot-password", { email, channel: "sms" })
      const { text } = await eventually("a code for a new password", async () =>
        (await messages(phone)).find(({ text }) => text.includes("new password"))
      )
      await prove(uniquePhone())
      const { verificationId } = forgot.json
      const otp = text.match(/\b\d{6}\b/u)?.[0]
      const body = { verificationId, otp, password: "another correct horse" }
      expectProblem(await post("/api/auth/reset-password", body), 410, "verification_expired")
    })

    it("is set once: a repeat is answered while the number is set, and sets nothing", async () => {
      const { join, post, get, codeFor, messages, mailAbout } = use()
      const { email, token } = await join("moves")
      const subject = "Your phone number was changed"
      const notices = async () =>
        (await messages(email)).filter((mail) => mail.subject === subject).length
      const ask = async (phone: string) => {
        const { json } = await post("/api/auth/phone", { phone }, { token })
        return { verificationId: json.verificationId, otp: await codeFor(phone) }
      }
      const verify = (body: object) => post("/api/auth/verify-otp", body)
      const [phone, next] = [uniquePhone(), uniquePhone()]
      const [proof, nextProof] = [await ask(phone), await ask(next)]
      const answers = await Promise.all([verify(proof), verify(proof), verify(proof)])
      for (const answer of [...answers, await verify(proof)])
        assert.deepStrictEqual([answer.status, answer.json.user.phone], [200, phone])
      await mailAbout(email, subject)
      assert.strictEqual(await notices(), 1)
      assert.strictEqual((await verify(nextProof)).status, 200)
      expectProblem(await verify(proof), 410, "verification_expired")
      const { json } = await get("/api/auth/me", { token })
      assert.strictEqual(json.user.phone, next)
    })

    it("needs a session that has not ended", async () => {
      const { join, post, call, messages } = use()
      const { token, refreshToken } = await join("leaves")
      assert.strictEqual((await post("/api/auth/logout", { refreshToken })).status, 204)
      const phone = uniquePhone()
      const answer = await post("/api/auth/phone", { phone }, { token })
      expectProblem(answer, 401, "login_required")
      assert.include(answer.headers.get("www-authenticate"), "insufficient_user_authentication")
      assert.deepStrictEqual(await messages(phone), [])
      expectProblem(await call("DELETE", "/api/auth/phone", { token }), 401, "login_required")
    })

    it.each(["4155550123", "+0155550123", "+1 415 555 0123", "+1415", "+12345678901234567"])(
      "refuses %s, which is not E.164",
      async (phone) => {
        const { bob, post } = use()
        const answer = await post("/api/auth/phone", { phone }, { token: bob.token })
        expectProblem(answer, 400, "invalid_request")
      }
    )
  })
}
