// Lists of pairs as OpenTelemetry's variables hold them, and W3C's baggage: `key=value,key=value`, percent-encoded.
import { Option, Redacted } from "effect"

export type Pairs = Readonly<Record<string, string>>

const decoded = Option.liftThrowable((text: string) => decodeURIComponent(text.trim()))

/** Undefined where it is malformed. Of a key that comes twice the last value counts. */
export const parsePairs = (list: string): Pairs | undefined => {
  const pairs: Array<readonly [string, string]> = []
  for (const pair of list.split(",")) {
    if (pair.trim() === "") continue
    const [key = "", ...value] = pair.split("=")
    const both = Option.all([decoded(key), decoded(value.join("="))])
    if (value.length === 0 || Option.isNone(both) || both.value[0] === "") return undefined
    pairs.push(both.value)
  }
  return Object.fromEntries(pairs)
}

/** RFC 9110, sections 5.1 and 5.5. */
const fieldName = /^[\w!#$%&'*+.^`|~-]+$/u
const fieldValue = /^[\t\x20-\x7e\x80-\xff]+$/u

/** Pairs that are header fields. */
export const parseHeaders = (list: Redacted.Redacted): Redacted.Redacted<Pairs> | undefined => {
  const pairs = parsePairs(Redacted.value(list))
  const isHeaders =
    pairs !== undefined &&
    Object.entries(pairs).every(([name, value]) => fieldName.test(name) && fieldValue.test(value))
  return isHeaders ? Redacted.make(pairs) : undefined
}
