// How codes are written in messages, and read as people type them.
import { assert, describe, it } from "vitest"
import {
  Code,
  readCode,
  showCode,
  typedCode
} from "../../../../src/services/accounts/model/Verification.ts"

const long = Code.make("7KQ29XDF3M01")

describe("a code", () => {
  it("is shown as it is, a long one in groups of four", () => {
    assert.strictEqual(showCode(Code.make("012345")), "012345")
    assert.strictEqual(showCode(long), "7KQ2-9XDF-3M01")
  })

  it.each([
    "7KQ2-9XDF-3M01",
    "7KQ29XDF3M01",
    "7kq2 9xdf 3m01",
    "7kq2-9XDF3mO1",
    "7KQ29XDF-3MOl",
    "7KQ2-9XDF-3MoI"
  ])("is read from %s", (typed) => {
    assert.match(typed, typedCode)
    assert.strictEqual(readCode(typed), long)
  })

  it("of six digits is read as it is", () => {
    assert.match("012345", typedCode)
    assert.strictEqual(readCode("012345"), Code.make("012345"))
  })

  it.each([
    ...["", "12345", "1234567", "12345a", "123 456", "123-456", " 123456", "123456\n"],
    ...["7KQ29XDF3M0", "7KQ29XDF3M012", "7KQ2--9XDF-3M01", "7KQ-29XDF-3M01", "-7KQ29XDF3M01"],
    ...["7KQ2-9XDF-3M0U", "7KQ2_9XDF_3M01", "7KQ2\t9XDF\t3M01", "7KQ2-9XDF-3M01-", "７KQ29XDF3M01"]
  ])("is not read from %j", (typed) => assert.notMatch(typed, typedCode))
})
