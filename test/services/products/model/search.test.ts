// Which words a text has.
import { assert, describe, it } from "vitest"
import { wordsOf, wordsOfProduct } from "../../../../src/services/products/model/search.ts"

const letters = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i)).filter((char) =>
    /\p{L}/u.test(char)
  )

describe("the words of a text", () => {
  it.each([
    ["café", ["CAFE"]],
    ["cafe\u0301", ["CAFE"]],
    ["İstanbul", ["ISTANBUL"]],
    ["ıstanbul", ["ISTANBUL"]],
    ["straße STRASSE ẞ", ["STRASSE", "SS"]],
    ["ΟΔΟΣ οδός", ["ΟΔΟΣ"]],
    ["Łódź Øre Æther", ["LODZ", "ORE", "AETHER"]],
    ["L'Oréal, 50% (1 kg)", ["L", "OREAL", "50", "1", "KG"]],
    ["coffee-1kg", ["COFFEE", "1KG"]],
    ["１２３ ㎏ ﬁlter Ⅷ", ["123", "KG", "FILTER", "VIII"]],
    // A soft hyphen and a joiner show nothing.
    ["co\u00adop نمی\u200cخواهم", ["COOP", "نمیخواهم"]],
    // Points are left out, vowels that are marks are not.
    ["שָׁלוֹם أحمد", ["שלום", "احمد"]],
    ["किताब", ["किताब".normalize("NFKD")]],
    // Without blanks between words.
    ["東京都", ["東京", "京都", "都"]],
    ["Tシャツ", ["T", "シャ", "ャツ", "ツ"]],
    ["กาแฟ", ["กา", "าแ", "แฟ", "ฟ"]],
    ["🍵 %", []],
    ["", []]
  ])("of %s are %j", (text, words) => {
    assert.deepStrictEqual(wordsOf(text), words)
  })

  it("match a typed beginning, also by syllable in Korean", () => {
    for (const [word, typed] of [
      ["커피", "커ㅍ"],
      ["한국어", "하"]
    ] as const)
      assert.isTrue(wordsOf(word)[0]?.startsWith(wordsOf(typed)[0] ?? "none"), typed)
  })

  it("compare Latin letters like the Unicode collation without accents and case", () => {
    const collator = new Intl.Collator("und", { sensitivity: "base" })
    const plain = [...letters(0x61, 0x7a), "ae", "oe", "ss", "ij", "dz", "lj", "nj"]
    // Latin-1, Latin Extended-A and -B as far as living alphabets use them, Latin Extended Additional.
    for (const letter of [...letters(0xc0, 0x24f), ...letters(0x1e00, 0x1eff)])
      for (const text of plain.filter((one) => collator.compare(one, letter) === 0))
        assert.deepStrictEqual(wordsOf(letter), wordsOf(text), letter)
  })

  it("are bounded in number and length, and cut between characters", () => {
    assert.lengthOf(wordsOf(Array.from({ length: 300 }, (_, i) => i).join(" ")), 150)
    assert.deepStrictEqual(wordsOf("x".repeat(200)), ["X".repeat(64)])
    assert.deepStrictEqual(wordsOf(`x${"𐌰".repeat(100)}`), [`X${"𐌰".repeat(63)}`])
  })

  it("of a product are those of its SKU and its name", () => {
    assert.deepStrictEqual(wordsOfProduct({ sku: "mug-blue", name: "Mug, Été" }), [
      ...["MUG", "BLUE", "ETE"]
    ])
    const longest = { sku: `${"a-".repeat(31)}ab`, name: `${"東京都".repeat(33)}駅` }
    assert.include(wordsOfProduct(longest), "駅")
  })
})
