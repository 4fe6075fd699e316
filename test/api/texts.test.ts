// What people read in mails, pages and lists has something to see, and nothing that hides or turns it.
import { assert, describe, it } from "vitest"
import { FailBody } from "../../src/api/contract/admin.ts"
import { RegisterBody } from "../../src/api/contract/auth.ts"
import { ProductBody, StockBody } from "../../src/api/contract/products.ts"

const refused: ReadonlyArray<readonly [string, string]> = [
  ["an empty text", ""],
  ["blanks", "   "],
  ["a no-break space", "\u00a0"],
  ["an ideographic space", "\u3000"],
  ["no width", "\u200b\u200d\u2060\ufeff"],
  ["a soft hyphen", "\u00ad"],
  ["a filler of Hangul", "\u3164"],
  ["Braille's blank", "\u2800"],
  ["variation selectors", "\ufe0f\ufe0e"],
  ["tags", "\u{e0041}\u{e007f}"],
  ["a control character", "a\u0007b"],
  ["a line feed", "a\nb"],
  ["a control character of C1", "a\u0085b"],
  ["a line separator", "a\u2028b"],
  ["a paragraph separator", "a\u2029b"],
  ["an override to the left", "gro.\u202eelpmaxe"],
  ["an embedding", "\u202aa\u202c"],
  ["an isolate", "\u2066a\u2069"],
  ["a right-to-left mark", "a\u200f"],
  ["an Arabic letter mark", "a\u061c"],
  ["half of a surrogate pair", "a\ud800"]
]

const taken: ReadonlyArray<string> = [
  "Ada Lovelace",
  "Łukasz O'Neill-Müller",
  "李",
  "محمد",
  "שרה כהן",
  // With a joiner, which Persian writes within words.
  "می\u200cخواهم",
  "👩‍👩‍👧",
  "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
  "7",
  "-",
  " a "
]

const account = { email: "ada@example.com", password: "correct horse battery" }
const product = { unitPrice: 1, currency: "EUR" }

describe.each([
  ["the name of a person", (name: string) => RegisterBody.safeParse({ ...account, name })],
  ["the name of a product", (name: string) => ProductBody.safeParse({ ...product, name })],
  ["the reason of a movement", (reason: string) => StockBody.safeParse({ delta: 1, reason })],
  ["the reason of a failure", (reason: string) => FailBody.safeParse({ reason })]
])("%s", (_, parse) => {
  it.each(refused)("is not %s", (_name, value) => {
    assert.isFalse(parse(value).success)
  })

  it.each(taken)("may be %s", (value) => {
    assert.isTrue(parse(value).success)
  })
})
