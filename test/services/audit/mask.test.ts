import { assert, describe, it } from "vitest"
import { maskAddress, maskAddressesIn } from "../../../src/services/audit/mask.ts"

describe("a masked address", () => {
  it.each([
    ["ada@example.com", "a***@example.com"],
    ["a@example.com", "a***@example.com"],
    ['"a@b"@example.com', '"***@example.com'],
    ["@example.com", "***@example.com"],
    ["+14155550123", "+***23"]
  ])("of %s is %s", (address, masked) => {
    assert.strictEqual(maskAddress(address), masked)
  })

  it.each([
    [
      "Email address is not verified: ada@example.com.",
      "Email address is not verified: a***@example.com."
    ],
    ["to=<ada.b+c@example.com>, x@y", "to=<a***@example.com>, x***@y"],
    ['{"email":"ada@example.com"}', '{"email":"a***@example.com"}'],
    ["refused: c=de/o=shop@example.com", "refused: c***@example.com"],
    ["refused: o'hara{x}@example.com", "refused: o***@example.com"],
    ["nothing here, @ all", "nothing here, @ all"]
  ])("replaces the whole address in: %s", (text, masked) => {
    assert.strictEqual(maskAddressesIn(text), masked)
  })

  it("takes no longer for hostile text", () => {
    const text = "a".repeat(200_000)
    assert.strictEqual(maskAddressesIn(text), text)
  })
})
