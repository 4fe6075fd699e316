// Facts about an E.164 number without a number plan: the country code comes first, and neighbouring numbers differ only
// at the end.

/**
 * Whether the number begins with one of these codes, each `+` and the first digits of numbers: a country's
 * code (`+44`), or more where several countries share it (`+1876`). No codes: every number.
 */
export const isAmong = (codes: ReadonlyArray<string>, phone: string): boolean =>
  codes.length === 0 || codes.some((code) => phone.startsWith(code))

/**
 * What the 10,000 numbers around it share: all but the last four digits. Number plans hand numbers out in
 * blocks of such a size or larger, so an attacker who profits from messages to a range owns whole blocks.
 */
export const blockOf = (phone: string): string => phone.slice(0, -4)
