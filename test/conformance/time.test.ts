// What passes with time, under a clock that the test moves.
import { TestClock } from "effect/testing"
import { assert, beforeAll, describe, it } from "vitest"
import { type Embedded, embedded } from "./embedded.ts"
import { expectProblem, openWorld, unique, type World } from "./world.ts"

describe("time", () => {
  let system: Embedded
  let world: World
  beforeAll(async () => {
    system = await embedded({ override: TestClock.layer() })
    world = await openWorld(system)
    return () => system[Symbol.asyncDispose]()
  })
  const pass = (duration: `${number} seconds`) => system.run(TestClock.adjust(duration))

  it("allows a new code after a minute; the code before no longer fits, attempts stay counted", async () => {
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

  it("sends no new code once the attempts are used up", async () => {
    const { register, post } = world
    const { id, code } = await register(`${unique("clumsy")}@example.com`)
    const wrong = { verificationId: id, otp: code === "000000" ? "000001" : "000000" }
    for (let i = 0; i < 5; i++) await post("/api/auth/verify-otp", wrong)
    await pass("60 seconds")
    const answer = await post("/api/auth/resend-otp", { verificationId: id })
    expectProblem(answer, 429, "too_many_attempts")
  })

  it("ends a code after ten minutes", async () => {
    const { register, post } = world
    const { id, code } = await register(`${unique("late")}@example.com`)
    await pass("600 seconds")
    const answer = await post("/api/auth/verify-otp", { verificationId: id, otp: code })
    expectProblem(answer, 410, "verification_expired")
  })

  it("ends an access token after fifteen minutes, and says that it is only that", async () => {
    const { ada, login, get } = world
    const { token } = await login(ada.email, ada.password)
    await pass("899 seconds")
    assert.strictEqual((await get("/api/auth/me", { token })).status, 200)
    await pass("2 seconds")
    const answer = await get("/api/auth/me", { token })
    expectProblem(answer, 401, "token_expired")
    assert.include(answer.headers.get("www-authenticate"), "expired")
  })
})
