import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { dictionary } from "@zxcvbn-ts/language-common"
import { Effect, Redacted } from "effect"
import { layer } from "../../../src/layers/bloom/BloomBreachedPasswords.ts"
import { decodeFilter } from "../../../src/layers/bloom/bloomFilter.ts"
import { keysPressed } from "../../../src/layers/bloom/keysPressed.ts"
import { BreachedPasswords } from "../../../src/services/accounts/ports/BreachedPasswords.ts"
import { minPasswordLength } from "../../../src/services/accounts/steps/passwordPolicy.ts"
import { breachedPasswordsContract } from "../../contract/breachedPasswords.ts"

const root = join(import.meta.dirname, "../../..")

breachedPasswordsContract("BreachedPasswords in a Bloom filter", layer)

const includes = (text: string) =>
  BreachedPasswords.use((breached) => breached.includes(Redacted.make(text)))

describe("BreachedPasswords in a Bloom filter", () => {
  it.effect("contains the 3000 most common that are long enough, and thousands more", () =>
    Effect.gen(function* () {
      const longEnough = dictionary["passwords-common"].filter(
        (password) => password.length >= minPasswordLength
      )
      assert.isAbove(longEnough.length, 15_000)
      for (const password of longEnough) assert.isTrue(yield* includes(password), password)
    }).pipe(Effect.provide(layer))
  )

  it.effect("contains longer ones of the large list, with and without Shift", () =>
    Effect.gen(function* () {
      for (const password of [
        "correcthorsebatterystaple",
        "zaq12wsx3edc",
        "zaq1@WSX3edc",
        "ZAQ!2wsx#edc",
        "Changeme1!",
        "hubschrauberpilot",
        "redneck454",
        "zenit_fan1996",
        "schnuffi123!"
      ])
        assert.isTrue(yield* includes(password), password)
    }).pipe(Effect.provide(layer))
  )

  it.effect("reports about one in 10,000 others by mistake", () =>
    Effect.gen(function* () {
      const tries = 50_000
      let wrong = 0
      for (let n = 0; n < tries; n++) if (yield* includes(`${n} others for one`)) wrong++
      assert.isBelow(wrong / tries, 2e-4)
    }).pipe(Effect.provide(layer))
  )

  it("has the documented size", () => {
    const bytes = readFileSync(join(root, "data/breached-passwords.bloom"))
    const { entries, hashes } = decodeFilter(bytes)
    const [design, security] = ["docs/authentication.md", "docs/security.md"].map((path) =>
      readFileSync(join(root, path), "utf8")
    )
    assert.include(design, `${entries.toLocaleString("en")} passwords`)
    assert.include(design, `${hashes} bits for each`)
    assert.include(design, `${(bytes.length / 1e6).toFixed(1)} MB`)
    assert.include(security, `${entries.toLocaleString("en")} passwords`)
  })
})

describe("the keys that type a text", () => {
  it.each([
    ["Zaq1@WSX", "zaq12wsx"],
    ['~!@#$%^&*()_+{}|:"<>?', "`1234567890-=[]\\;',./"],
    ["Zwölf ÄPFEL 🔑", "zwölf äpfel 🔑"]
  ])("%s", (text, keys) => {
    assert.strictEqual(keysPressed(text), keys)
  })
})
