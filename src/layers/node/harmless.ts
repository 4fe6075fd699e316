// Removes from logged values what must not be in a log. Errors of libraries contain documents, commands and headers,
// and quote values in their messages. So only the name, message, cause and plain members of an error are kept, and in
// every text addresses, tokens and hashes are masked. This is the last line of defence: code that logs names the fields
// that it logs.
import { maskAddress, maskAddressesIn } from "../../services/audit/mask.ts"

const patterns: ReadonlyArray<readonly [RegExp, string | ((found: string) => string)]> = [
  // A signed token, and a password's hash.
  [/\beyJ[\w-]{5,}\.[\w-]+\.[\w-]+/gu, "[token]"],
  [/\$argon2[\w$=,+/.-]+/gu, "[hash]"],
  // MongoDB quotes the values that a unique index refused. They may hold braces, so the last one ends them.
  [/\bdup key: \{.*\}/gsu, "dup key: [values]"],
  [/\+[1-9]\d{6,14}\b/gu, maskAddress]
]

const harmlessText = (text: string): string =>
  patterns.reduce(
    (masked, [pattern, by]) =>
      typeof by === "string" ? masked.replace(pattern, by) : masked.replace(pattern, by),
    text.includes("@") ? maskAddressesIn(text) : text
  )

const isPlain = (value: unknown): boolean =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean"

const summary = ({ name, message }: Error): string =>
  message === "" ? name : `${name}: ${message}`

/** As fields of a log line. */
const harmlessError = (error: Error): Readonly<Record<string, unknown>> => {
  const { name: _, message: __, stack: ___, cause, ...members } = error as Error & object
  const plain = Object.entries(members).filter(([key, value]) => key !== "_tag" && isPlain(value))
  const because = cause instanceof Error ? summary(cause) : cause
  return harmlessFields({
    error: summary(error),
    ...Object.fromEntries(plain),
    ...(isPlain(because) ? { cause: because } : {})
  })
}

const harmlessFields = (fields: object): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, harmless(value)]))

export const harmless = (value: unknown): unknown => {
  if (typeof value === "string") return harmlessText(value)
  if (typeof value !== "object" || value === null || value instanceof Date) return value
  if (value instanceof Error) return harmlessError(value)
  return Array.isArray(value) ? value.map(harmless) : harmlessFields(value)
}
