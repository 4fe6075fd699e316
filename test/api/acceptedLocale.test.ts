// Which language a client gets that names one in no body.
import { assert, it } from "@effect/vitest"
import { acceptedLocale } from "../../src/api/acceptedLocale.ts"

it.each([
  [undefined, "en"],
  ["", "en"],
  ["de", "de"],
  ["de-AT, de;q=0.9, en;q=0.5", "de"],
  ["DE-de", "de"],
  ["en-GB, de", "en"],
  ["de;q=0.3, en;q=0.8", "en"],
  ["fr, de;q=0.1", "de"],
  ["fr-FR, nl;q=0.8", "en"],
  ["de;q=0, fr", "en"],
  ["*", "en"],
  ["deutsch", "en"],
  [";;,,q=de\u00e4=", "en"],
  [`${"x".repeat(5000)},de`, "de"]
] as const)("of %j it is %s", (header, locale) => {
  assert.strictEqual(acceptedLocale(header), locale)
})
