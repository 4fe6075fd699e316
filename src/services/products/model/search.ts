// The words of a text, normalised for search so that case, accents and punctuation do not matter. A product is found if
// each word of the search is the beginning of one of its words.
import type { Product } from "./Product.ts"

/** Of one text. A SKU of 64 characters has at most 32 words, a name of 100 Chinese characters 100. */
const maxWords = 150
/** In characters, which is as long as a SKU may be. The rest of a longer word is not compared. */
const maxLength = 64

/**
 * Marks that people leave out (accents, points, voicing marks), and what shows nothing, such as a soft hyphen.
 * Other marks stay: Indic scripts and Thai write vowels as marks.
 */
const ignored = /[\p{M}&&[\p{Diacritic}\p{scx=Arab}]]|\p{Default_Ignorable_Code_Point}/gv

/** Letters that Unicode does not decompose, as its collation (DUCET) compares them. */
const letters: Readonly<Record<string, string>> = {
  Æ: "AE",
  Œ: "OE",
  Ø: "O",
  Ł: "L",
  Đ: "D",
  Ð: "D",
  Ħ: "H"
}
const letter = new RegExp(`[${Object.keys(letters).join("")}]`, "gu")

const character = "[\\p{L}\\p{M}\\p{N}]"
/** Of scripts that are written without blanks between words. */
const unspaced = `[[${["Han", "Hira", "Kana", "Thai", "Laoo", "Khmr", "Mymr"]
  .map((script) => `\\p{scx=${script}}`)
  .join("")}]&&${character}]`

/** A run of letters and digits; without blanks each character begins a word, which ends with the next one. */
const word = new RegExp(`(?=(${unspaced}{1,2}))${unspaced}|[${character}--${unspaced}]+`, "gv")

/** JavaScript's form of case folding is upper case of lower case: `ß`, `ẞ` and `SS` are equal, and so are `ı` and `i`. */
const fold = (text: string): string =>
  text
    .normalize("NFKD")
    .replace(ignored, "")
    .toLowerCase()
    .toUpperCase()
    .replace(letter, (char) => letters[char] ?? char)

/** The distinct words of a text, in order. */
export const wordsOf = (text: string): ReadonlyArray<string> => {
  const found = Array.from(fold(text).matchAll(word), ([run, pair]) => pair ?? run)
  // By characters: half of a surrogate pair is not a character.
  const cut = found.slice(0, maxWords).map((run) => Array.from(run).slice(0, maxLength).join(""))
  return Array.from(new Set(cut))
}

/** The words by which a product is found. */
export const wordsOfProduct = ({ sku, name }: Pick<Product, "sku" | "name">) =>
  wordsOf(`${sku} ${name}`)
