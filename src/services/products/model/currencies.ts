// The currencies of ISO 4217 and the decimal digits of their minor units: the only place that defines the value of an
// amount in minor units. Not from Intl, which has the digits that people write: none for the forint, which has two in
// ISO 4217.
import { Option } from "effect"

/**
 * By their digits, the codes of list one as published on 2026-01-01. It lists funds too (CLF, USN). Codes for which
 * it names no minor units are none to charge in, such as gold (XAU) and XXX, and are left out.
 * https://www.six-group.com/dam/download/financial-information/data-center/iso-currrency/lists/list-one.xml
 */
const byDigits: ReadonlyArray<readonly [number, string]> = [
  [0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"],
  [3, "BHD IQD JOD KWD LYD OMR TND"],
  [4, "CLF UYW"],
  [
    2,
    `
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF
    CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD
    GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL
    MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR
    PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP
    TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
  `
  ]
]

const digits: ReadonlyMap<string, number> = new Map(
  byDigits.flatMap(([count, codes]) =>
    codes
      .trim()
      .split(/\s+/u)
      .map((code) => [code, count] as const)
  )
)

/** All of them, sorted. */
export const currencies: ReadonlyArray<string> = [...digits.keys()].sort()

/** None for a code that the list does not have, or no longer has. */
export const minorDigits = (currency: string): Option.Option<number> =>
  Option.fromUndefinedOr(digits.get(currency))
