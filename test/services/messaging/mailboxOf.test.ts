import { assert, describe, it } from "vitest"
import { mailboxOf } from "../../../src/services/messaging/mailboxOf.ts"

describe("the mailbox of an address", () => {
  it.each([
    ["ada+shop@gmail.com", "ada@gmail.com"],
    ["a.d.a+1+2@gmail.com", "ada@gmail.com"],
    ["ada@googlemail.com", "ada@gmail.com"],
    ["ada+shop@outlook.com", "ada@outlook.com"],
    ["a.da+shop@outlook.com", "a.da@outlook.com"],
    ["ada+shop@proton.me", "ada@proton.me"]
  ])("of %s is %s, by the rules of its provider", (email, mailbox) => {
    assert.strictEqual(mailboxOf(email), mailbox)
  })

  it.each(["ada+shop@example.com", "a.d.a@example.com", "ada@gmail.com.example.com"])(
    "of %s is the address itself: the provider has no known rules",
    (email) => {
      assert.strictEqual(mailboxOf(email), email)
    }
  )
})
