// Comma-separated values (RFC 4180), safe to open in a spreadsheet.

/**
 * What a spreadsheet takes for a formula, which could send the other cells away. OWASP's advice: an apostrophe in front
 * makes it text.
 */
const formula = /^[=+\-@\t\r]/u

const cell = (value: string | number): string => {
  const text = String(value)
  const inert = typeof value === "string" && formula.test(text) ? `'${text}` : text
  return `"${inert.replaceAll('"', '""')}"`
}

/** One line, its end included. */
export const csvLine = (values: ReadonlyArray<string | number>): string =>
  `${values.map(cell).join(",")}\r\n`
