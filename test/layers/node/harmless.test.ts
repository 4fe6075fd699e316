import { assert, describe, it } from "vitest"
import { harmless } from "../../../src/layers/node/harmless.ts"

const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"
const hash = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA"

describe("what is logged", () => {
  it.each([
    ["to ada@example.com", "to a***@example.com"],
    ["to +14155550123.", "to +***23."],
    [`Bearer ${jwt}`, "Bearer [token]"],
    [`is ${hash} and "not" that`, 'is [hash] and "not" that'],
    ['dup key: { email: "ada" }', "dup key: [values]"],
    ['dup key: { name: "a}b\n{c}", sku: "d" } of f', "dup key: [values] of f"],
    ["1 + 1 at 2026-01-31T12:00:00.000Z", "1 + 1 at 2026-01-31T12:00:00.000Z"]
  ])("of %s is %s", (text, masked) => {
    assert.strictEqual(harmless(text), masked)
    assert.deepStrictEqual(harmless({ list: [text], of: { it: text } }), {
      list: [masked],
      of: { it: masked }
    })
  })

  it("of any other value is unchanged", () => {
    for (const value of [1, true, null, undefined, new Date(0)])
      assert.strictEqual(harmless(value), value)
  })

  it("of an error is its name, message, cause and plain members", () => {
    const cause = new TypeError("no ada@example.com")
    const error = Object.assign(new RangeError("too much", { cause }), {
      code: 11000,
      reason: "unavailable",
      command: { args: ["secret"] }
    })
    assert.deepStrictEqual(harmless(error), {
      error: "RangeError: too much",
      code: 11000,
      reason: "unavailable",
      cause: "TypeError: no a***@example.com"
    })
  })
})
