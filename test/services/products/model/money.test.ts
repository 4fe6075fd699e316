import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import { currencies, minorDigits } from "../../../../src/services/products/model/currencies.ts"
import { formatMoney } from "../../../../src/services/products/model/money.ts"

describe("currencies", () => {
  it("are those of ISO 4217, each once, with the digits of its minor units", () => {
    assert.strictEqual(currencies.length, 165)
    assert.strictEqual(new Set(currencies).size, currencies.length)
    const count = (digits: number) =>
      currencies.filter((code) => Option.contains(minorDigits(code), digits)).length
    assert.deepStrictEqual([0, 2, 3, 4].map(count), [17, 139, 7, 2])
    for (const code of currencies) assert.match(code, /^[A-Z]{3}$/u)
  })

  it("exclude those without minor units, withdrawn ones, and other codes", () => {
    for (const code of ["XAU", "XDR", "XXX", "XTS", "BGN", "HRK", "ABC", "eur", ""])
      assert.isTrue(Option.isNone(minorDigits(code)), code)
  })
})

describe("formatMoney", () => {
  it.each([
    [5, "USD", "$0.05"],
    [1250, "JPY", "¥1,250"],
    [1250, "KWD", "KWD\u00a01.250"],
    [Number.MAX_SAFE_INTEGER, "USD", "$90,071,992,547,409.91"]
  ])("writes %d minor units of %s exactly", (minorUnits, currency, text) => {
    assert.strictEqual(formatMoney(minorUnits, currency), text)
  })

  // CLDR has other digits for these, those of cash: https://github.com/unicode-org/cldr, supplementalData.xml.
  it.each([
    [249_000, "HUF", "HUF\u00a02,490.00"],
    [249_000, "IQD", "IQD\u00a0249.000"],
    [249_000, "IRR", "IRR\u00a02,490.00"],
    [249_000, "PKR", "PKR\u00a02,490.00"],
    [249_000, "TWD", "NT$2,490.00"],
    [249_000, "UGX", "UGX\u00a0249,000"],
    [249_000, "CLF", "CLF\u00a024.9000"]
  ])("writes %d minor units of %s with the digits of ISO 4217", (minorUnits, currency, text) => {
    assert.strictEqual(formatMoney(minorUnits, currency), text)
  })

  it("writes every currency with its number of digits", () => {
    for (const code of currencies) {
      const digits = Option.getOrThrow(minorDigits(code))
      const [, fraction = ""] = formatMoney(1_234_567, code).split(".").slice(-2)
      const written = digits === 0 ? 0 : fraction.length
      assert.strictEqual(written, digits, code)
    }
  })

  it("writes the amounts of older orders in a currency that was withdrawn since", () => {
    assert.strictEqual(formatMoney(1250, "BGN"), "BGN\u00a012.50")
  })
})
