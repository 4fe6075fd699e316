// Which passwords are refused, and that the refusal says why.
import { assert, describe, it, layer } from "@effect/vitest"
import { dictionary } from "@zxcvbn-ts/language-common"
import { Effect, Layer, Option, Redacted } from "effect"
import * as BloomBreachedPasswords from "../../../../src/layers/bloom/BloomBreachedPasswords.ts"
import * as ZxcvbnPasswordStrength from "../../../../src/layers/zxcvbn/ZxcvbnPasswordStrength.ts"
import { BreachedPasswords } from "../../../../src/services/accounts/ports/BreachedPasswords.ts"
import { PasswordStrength } from "../../../../src/services/accounts/ports/PasswordStrength.ts"
import { checkPassword } from "../../../../src/services/accounts/steps/passwordPolicy.ts"

/** Knows one password. */
const breached = Layer.succeed(BreachedPasswords, {
  includes: (password) => Effect.succeed(Redacted.value(password) === "known from a breach")
})

const takes = (guesses: number, warning: Option.Option<string> = Option.none()) =>
  Layer.succeed(PasswordStrength, { estimate: () => Effect.succeed({ guesses, warning }) })

const email = "ada.lovelace+shop@analytical.example"
const check = (password: string, address = email) =>
  checkPassword(Redacted.make(password), address).pipe(
    Effect.provide(Layer.merge(breached, takes(1e12)))
  )

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
  accepts("  a  b  c  ")
  accepts("пароль от почты")
  accepts("密码密码密码密码")
  accepts("tab\tnul\0newline\n")
})

describe("a password from breaches", () => {
  refuses("known from a breach", "data breaches")
  accepts("known from a breach!")
})

describe("a password that is easy to guess", () => {
  const checked = (layer: Layer.Layer<PasswordStrength>) =>
    Effect.provide(
      checkPassword(Redacted.make("any password"), email),
      Layer.merge(breached, layer)
    )

  it.effect("is refused below 10^8 guesses", () =>
    Effect.gen(function* () {
      for (const guesses of [1, 1e6, 1e8 - 1]) {
        const { advice } = yield* Effect.flip(checked(takes(guesses)))
        assert.include(advice, "easy to guess; a few unrelated words do well.")
      }
      for (const guesses of [1e8, 1e30]) yield* checked(takes(guesses))
    })
  )

  it.effect("is refused with the reason, when one is known", () =>
    Effect.gen(function* () {
      const { advice } = yield* Effect.flip(checked(takes(10, Option.some("Dates are guessed"))))
      assert.strictEqual(advice, "Dates are guessed; a few unrelated words do well.")
    })
  )

  it.effect(
    "is estimated in its normalized form, with words of the account and the service first",
    () => {
      const seen: Array<readonly [string, ReadonlyArray<string>]> = []
      const strength = Layer.succeed(PasswordStrength, {
        estimate: (password, words) => {
          seen.push([Redacted.value(password), words])
          return Effect.succeed({ guesses: 1e12, warning: Option.none() })
        }
      })
      return Effect.gen(function* () {
        yield* checkPassword(Redacted.make("cafe\u0301\u00A0noir"), email)
        const [[password, words] = ["", []]] = seen
        assert.strictEqual(password, "caf\u00E9 noir")
        assert.includeMembers([...words], [email, "lovelace", "analytical", "orders", "kettle"])
      }).pipe(Effect.provide(Layer.merge(breached, strength)))
    }
  )
})

// Built once: reading the list of 10 MB takes longer than judging a password.
const real = Layer.merge(BloomBreachedPasswords.layer, ZxcvbnPasswordStrength.layer)
layer(real)("with the service's own estimator and list,", (it) => {
  const checked = (password: string) => checkPassword(Redacted.make(password), email)

  it.effect.each([
    "P@ssw0rd1",
    "Qwerty123!",
    "Changeme1!",
    "zaq1@WSX3edc",
    "aaaaaaaaaaaa",
    "abcdefghi",
    "Password2026",
    "        ",
    "kettle2026",
    "K3ttl3!2026",
    "Lovelace!1815",
    "12.06.1985",
    "密码密码密码密码"
  ])("%j is refused", (password) =>
    Effect.gen(function* () {
      const { advice } = yield* Effect.flip(checked(password))
      assert.match(advice, /guess|breaches|used password/u)
    })
  )

  it.effect.each([
    "correct horse battery staple",
    "correct horse battery",
    "my dog eats green apples",
    "kettle mug coffee filter",
    "Ada Lovelace drinks tea at five",
    "пароль от почты",
    "vR7k2pQz",
    `${"lovelace".repeat(15)}and more`
  ])("%j is accepted", checked)

  it.effect("four words of a diceware list are never refused", () =>
    Effect.gen(function* () {
      const words = dictionary["diceware-common"]
      for (let n = 1; n <= 300; n++)
        yield* checked([1, 2, 3, 4].map((k) => words[(n * k * 7919) % words.length]).join(" "))
    })
  )
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
