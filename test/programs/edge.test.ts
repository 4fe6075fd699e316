// The program for hosts without Node refuses a configuration as the others do: all that is wrong in one text, in the
// log alone, with no secret in it.
import { assert, describe, it, vi } from "vitest"
import edge from "../../src/programs/edge.ts"

const complete = {
  ACCESS_TOKEN_SECRET: "access".padEnd(32, "."),
  REFRESH_TOKEN_SECRET: "refresh".padEnd(32, "."),
  JWT_SECRET: "code".padEnd(32, "."),
  DEV_ADMIN_EMAIL: "admin@example.com",
  DEV_ADMIN_PASSWORD: "an admin's password"
}

const context = {
  waitUntil: () => undefined,
  passThroughOnException: () => undefined,
  props: {}
}

const ask = async (bindings: Readonly<Record<string, unknown>>) => {
  const logged: Array<string> = []
  const log = vi.spyOn(console, "log").mockImplementation((...texts) => {
    logged.push(texts.join(" "))
  })
  try {
    const request = new Request("https://edge.test/healthz")
    const response = await edge.fetch(request, bindings, context)
    return { status: response.status, text: await response.text(), log: logged.join("\n") }
  } finally {
    log.mockRestore()
  }
}

describe("the program for edge hosts", () => {
  it("names all missing, malformed or conflicting variables, and answers 500", async () => {
    const { JWT_SECRET, ...rest } = complete
    const { status, text, log } = await ask({
      ...rest,
      REFRESH_TOKEN_SECRET: rest.ACCESS_TOKEN_SECRET,
      DEV_ADMIN_PASSWORD: "hunter2",
      RATE_LIMIT_FACTOR: "many"
    })
    assert.strictEqual(status, 500)
    assert.strictEqual(JSON.parse(text).code, "internal")
    for (const sentence of [
      "JWT_SECRET is missing: it should be a secret of 32 bytes or more",
      "DEV_ADMIN_PASSWORD is malformed: it should be a password of 8 to 128 characters",
      "RATE_LIMIT_FACTOR is malformed: it should be a number from 0.01 to 1000000"
    ])
      assert.include(log, sentence)
    assert.notInclude(log + text, "hunter2")
  })

  it("refuses secrets that are short or the same", async () => {
    const short = await ask({ ...complete, ACCESS_TOKEN_SECRET: "short" })
    assert.include(short.log, "ACCESS_TOKEN_SECRET is malformed")
    const same = await ask({ ...complete, JWT_SECRET: complete.ACCESS_TOKEN_SECRET })
    assert.include(same.log, "JWT_SECRET conflicts: it should be a value different from")
    assert.notInclude(same.log, complete.ACCESS_TOKEN_SECRET)
  })

  it("starts with a valid configuration, with blanks around values and bindings that are not text", async () => {
    const bindings = { ...complete, DEV_ADMIN_EMAIL: ` ${complete.DEV_ADMIN_EMAIL}\n`, CACHE: {} }
    assert.deepInclude(await ask(bindings), { status: 200, log: "" })
  })
})
