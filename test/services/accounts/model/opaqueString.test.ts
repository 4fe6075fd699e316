// RFC 8265, 4.2.2: spaces become U+0020, the rest is composed, and nothing else changes.
import { assert, it } from "@effect/vitest"
import { Redacted } from "effect"
import { opaqueString } from "../../../../src/services/accounts/model/opaqueString.ts"

it.each([
  ["an e and its accent", "cafe\u0301 noir", "caf\u00E9 noir"],
  ["two accents in another order", "\u0065\u0302\u0323", "\u1EC7"],
  ["a syllable of Hangul in parts", "\u1112\u1161\u11AB", "\uD55C"],
  ["a space that does not break", "one\u00A0two", "one two"],
  ["an ideographic space", "密\u3000码", "密 码"],
  ["spaces around it", "  a  ", "  a  "],
  ["capitals", "Correct Horse", "Correct Horse"],
  ["a wide letter", "\uFF21", "\uFF21"],
  ["a ligature", "\uFB01", "\uFB01"],
  ["controls", "tab\tnul\0", "tab\tnul\0"]
])("%s", (_, typed, opaque) => {
  const once = opaqueString(Redacted.make(typed))
  assert.strictEqual(Redacted.value(once), opaque)
  assert.strictEqual(Redacted.value(opaqueString(once)), opaque)
})
