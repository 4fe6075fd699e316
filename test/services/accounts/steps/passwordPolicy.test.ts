// Which passwords are refused, and that the refusal says why.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { BreachedPasswords } from "../../../../src/services/accounts/ports/BreachedPasswords.ts"
import { checkPassword } from "../../../../src/services/accounts/steps/passwordPolicy.ts"

/** Knows one password. */
const breached = Layer.succeed(BreachedPasswords, {
  includes: (password) => Effect.succeed(Redacted.value(password) === "known to everybody")
})

const email = "ada.lovelace+shop@analytical.example"
const check = (password: string, address = email) =>
  checkPassword(Redacted.make(password), address).pipe(Effect.provide(breached))

const accepts = (password: string, address = email) =>
  it.effect(`accepts ${JSON.stringify(password.slice(0, 40))}`, () => check(password, address))

const refuses = (password: string, why: string, address = email) =>
  it.effect(`refuses ${JSON.stringify(password.slice(0, 40))} for ${address}`, () =>
    Effect.gen(function* () {
      const { advice } = yield* Effect.flip(check(password, address))
      assert.include(advice, why)
    })
  )

describe("the length of a password, in code points", () => {
  const why = "8 to 128 characters"
  refuses("seven77", why)
  accepts("eight888")
  accepts("y".repeat(128))
  refuses("y".repeat(129), why)
  // As typed: what is known about the account counts too.
  refuses(`${"lovelace".repeat(16)}!`, why)
  refuses("lovela1", why)
  refuses("🔑".repeat(7), why)
  accepts("🔑".repeat(8))
  accepts("🔑".repeat(128))
  refuses("🔑".repeat(129), why)
  // Three code points that make one letter count as one, however a device composes it.
  refuses("ệ".normalize("NFD").repeat(3), why)
  refuses("ệ".normalize("NFC").repeat(3), why)
  accepts("ệ".normalize("NFD").repeat(128))
})

describe("the characters of a password", () => {
  accepts("        ")
  accepts("  a  b  c  ")
  accepts("пароль от почты")
  accepts("密码密码密码密码")
  accepts("tab\tnul\0newline\n")
  accepts("aaaaaaaa")
})

describe("a password from breaches", () => {
  refuses("known to everybody", "data breaches")
  accepts("known to everybody!")
})

describe("the words of the service and of the address", () => {
  const why = "guessed first"
  refuses("order-processing", why)
  refuses("OrderProcessing2026", why)
  refuses("orders!!", why)
  refuses("Admin1234", why)
  refuses(email, why)
  refuses(email.toUpperCase(), why)
  refuses("ada.lovelace", why)
  refuses("Lovelace1815", why)
  refuses("analytical1", why)
  refuses("analytical.example", why, "ada@analytical.example")
  refuses("bobbobbobbob", why, "bob@example.com")
  refuses("a@b.example", why, "a@b.example")
  // What is left is long enough.
  accepts("correct horse order battery")
  accepts("orders: 12345678")
  accepts("lovelace and friends")
  // A passphrase may hold the name, the whole address, or all of the words, as often as it likes.
  accepts("Ada Lovelace drinks tea at five")
  accepts("ada, Ada! My Ada of all engines")
  accepts(`write to ${email} before noon`)
  accepts("ada lovelace shop analytical example order orders admin processing unrelated")
  accepts(`${"lovelace".repeat(15)}and more`)
  // One that is made of nothing else is as easy to guess as a short one, at any length.
  refuses("Ada Lovelace, Ada Lovelace, Ada Lovelace", why)
  refuses("lovelace".repeat(16), why)
  // Part of too many others.
  accepts("al-khwarizmi", "al@example.com")
  accepts("complete", "ada@example.com")
})
