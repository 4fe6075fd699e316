// The form in which a password is measured, compared with lists and hashed: RFC 8265, OpaqueString. One device types an
// "é" as one code point, another as two; both get the same password.
import { Redacted } from "effect"

/** Every kind of space is U+0020, the rest is composed (NFC). Nothing is trimmed, cut or lowered. */
export const opaqueString = (password: Redacted.Redacted): Redacted.Redacted =>
  Redacted.make(
    Redacted.value(password)
      .replace(/\p{Zs}/gu, " ")
      .normalize("NFC")
  )
