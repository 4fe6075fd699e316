// Sessions and codes over process boundaries: what two APIs together allow is what one alone does.
import { createConnection } from "mongoose"
import { afterAll, beforeAll, expect, it } from "vitest"
import { graceSeconds } from "../../src/services/accounts/model/Session.ts"
import { maxAttempts } from "../../src/services/accounts/model/Verification.ts"
import { makeClient, type TestClient } from "../../tools/harness/client.ts"
import { type System, startSystem } from "../../tools/harness/system.ts"
import { describeWith } from "../suite.ts"

const crowd = 50
const password = "correct horse battery staple"

describeWith(["mongo", "sqs", "ses"], "sessions and codes, two APIs", (services) => {
  let system: System
  let apis: ReadonlyArray<TestClient>

  beforeAll(async () => {
    system = await startSystem(services)
    const started = await Promise.all([system.startApi(), system.startApi()])
    apis = started.map(({ url }) => makeClient(url))
  })
  afterAll(() => system?.stop())

  const api = (i: number): TestClient => {
    const client = apis[i % apis.length]
    if (client === undefined) throw new Error("no API was started")
    return client
  }
  const signUp = (name: string) => system.signUp(api(0).baseUrl, name)
  const refresh = (refreshToken: string, i = 0) =>
    api(i).post("/api/auth/refresh", { refreshToken })

  /** All concurrently, every other one at the other API. */
  const rush = <A>(ask: (i: number) => Promise<A>): Promise<ReadonlyArray<A>> =>
    Promise.all(Array.from({ length: crowd }, (_, i) => ask(i)))

  const tally = (codes: ReadonlyArray<string>) =>
    Object.fromEntries(
      Object.entries(Object.groupBy(codes, (code) => code)).map(([code, all]) => [
        code,
        all?.length
      ])
    )

  /** As if `seconds` had passed since the last rotation and the late repeat of every session. */
  const pass = async (seconds: number): Promise<void> => {
    const before = (startDate: string) => ({
      $dateSubtract: { startDate, unit: "second", amount: seconds }
    })
    const connection = await createConnection(system.env["MONGO_URI"] ?? "").asPromise()
    const { modifiedCount } = await connection
      .collection("sessions")
      .updateMany({ previous: { $ne: null } }, [
        { $set: { "previous.rotatedAt": before("$previous.rotatedAt") } },
        {
          $set: {
            lateRepeat: {
              $cond: [
                "$lateRepeat",
                { gave: "$lateRepeat.gave", at: before("$lateRepeat.at") },
                null
              ]
            }
          }
        }
      ])
    await connection.close()
    expect(modifiedCount).toBeGreaterThan(0)
  }

  it("give 50 concurrent refreshes with one token the same successor, 50 late ones too, and end the session at later ones", async () => {
    const { email, tokens } = await signUp("tabs")
    const answers = await rush((i) => refresh(tokens.refreshToken, i))
    for (const { status, text } of answers) expect(status, text).toBe(200)
    const successors = new Set(answers.map(({ body }) => body.refreshToken))
    expect(successors.size).toBe(1)
    expect(successors.has(tokens.refreshToken)).toBe(false)
    for (const [i, { body }] of answers.entries()) {
      const me = await makeClient(api(i + 1).baseUrl, body.accessToken).get("/api/auth/me")
      expect(me.body.user.email).toBe(email)
    }

    const [successor = ""] = successors
    await pass(graceSeconds)
    for (const { body } of await rush((i) => refresh(tokens.refreshToken, i)))
      expect(body.refreshToken).toBe(successor)
    await pass(graceSeconds)
    const late = await rush((i) => refresh(tokens.refreshToken, i))
    for (const { status, body } of late)
      expect([status, body.code]).toEqual([401, "session_revoked"])
    expect((await refresh(successor, 1)).body.code).toBe("session_revoked")
    // Code and notice: of all that came too late, one was the reuse.
    const mails = await system.mails.inbox({ to: email, atLeast: 2 })
    expect(mails.map(({ subject }) => subject).toSorted()).toEqual([
      "One of your logins was ended",
      "Your verification code"
    ])
  })

  /** A code for `email`, once its mail is out, of which there are `mails` then. */
  const codeFrom = async (
    path: string,
    body: { readonly email: string; readonly password?: string },
    mails: number
  ) => {
    const asked = await api(0).post(`/api/auth/${path}`, body)
    const newest = (await system.mails.inbox({ to: body.email, atLeast: mails })).at(-1)
    const otp = newest?.text?.match(/\b\d{6}\b/u)?.[0] ?? ""
    return { verificationId: String(asked.body.verificationId), otp }
  }

  const expectFiveLooks = async (
    { verificationId, otp }: { readonly verificationId: string; readonly otp: string },
    prove: string,
    more: object = {}
  ) => {
    const attempt = (code: string, i: number) =>
      api(i).post(`/api/auth/${prove}`, { verificationId, otp: code, ...more })
    const answers = await rush((i) => attempt(otp === "000000" ? "000001" : "000000", i))
    expect(tally(answers.map(({ body }) => body.code))).toEqual({
      invalid_otp: maxAttempts,
      too_many_attempts: crowd - maxAttempts
    })
    for (const i of [0, 1]) expect((await attempt(otp, i)).body.code).toBe("too_many_attempts")
  }

  it("check five of 50 concurrent wrong codes, and then refuse even the right one", async () => {
    const email = `guessed-${crypto.randomUUID()}@example.com`
    await expectFiveLooks(await codeFrom("register", { email, password }, 1), "verify-otp")
  })

  it("do the same with the code of a reset", async () => {
    const { email } = await signUp("guessed")
    await expectFiveLooks(await codeFrom("forgot-password", { email }, 2), "reset-password", {
      password
    })
  })

  it("answer concurrent requests with the right code alike, and create one account", async () => {
    for (let round = 0; round < 5; round++) {
      const email = `twice-${crypto.randomUUID()}@example.com`
      const code = await codeFrom("register", { email, password }, 1)
      const verify = (i: number) => api(i).post("/api/auth/verify-otp", code)
      const answers = await Promise.all([0, 1, 0, 1].map(verify))
      for (const { status, text } of [...answers, await verify(1)])
        expect([status, text]).toEqual([200, answers[0]?.text])
    }
  })

  it("end everywhere when an operator ends them, which is recorded", async () => {
    const admin = await system.signUp(api(0).baseUrl, "admin", "admin")
    const [one, other] = [await signUp("lost"), await signUp("other")]
    const ended = await system.cli("sessions", "end", one.email.toUpperCase(), "--no-json")
    expect(ended).toMatchObject({ code: 0 })
    expect(ended.output).toContain(`all sessions of ${one.email} have ended`)
    for (const i of [0, 1])
      expect((await refresh(one.tokens.refreshToken, i)).body.code).toBe("session_revoked")
    expect((await refresh(other.tokens.refreshToken)).status).toBe(200)
    const { id: userId } = one.tokens.user
    const { body } = await admin.client.get(`/api/admin/events?kind=session_ended&userId=${userId}`)
    expect(body.items).toMatchObject([{ actor: { type: "cli" }, subject: { userId } }])
    const again = await api(1).post("/api/auth/login", { email: one.email, password })
    expect(again.status).toBe(200)
  }, 120_000)

  it("stay alive when an operator names an unknown account, and the command says so", async () => {
    const email = `nobody-${crypto.randomUUID()}@example.com`
    const unknown = await system.cli("sessions", "end", email)
    expect(unknown.code).toBe(1)
    expect(unknown.output).toContain(`No account has the address ${email}`)
    const usage = await system.cli("sessions", "end")
    expect(usage.code).toBe(2)
    expect(usage.output).toContain("sessions end EMAIL")
  }, 120_000)

  it("end everywhere with a reset at one of them, which uses its code once", async () => {
    const { email, tokens } = await signUp("resets")
    const code = await codeFrom("forgot-password", { email }, 2)
    const answers = await Promise.all(
      [0, 1, 2, 3].map((i) =>
        api(i).post("/api/auth/reset-password", {
          ...code,
          password: `another correct horse ${i}`
        })
      )
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 410, 410, 410])
    for (const i of [0, 1])
      expect((await refresh(tokens.refreshToken, i)).body.code).toBe("session_revoked")
    const chosen = answers.findIndex(({ status }) => status === 204)
    const login = { email, password: `another correct horse ${chosen}` }
    expect((await api(chosen + 1).post("/api/auth/login", login)).status).toBe(200)
  })
})
