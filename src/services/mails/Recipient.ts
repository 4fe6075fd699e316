// The recipient of a mail: the fields that mails use.
import type { Option } from "effect"
import type { Locale } from "../locale.ts"

/** A `User` is one. */
export interface Recipient {
  /** The name in the greeting. Absent for an unverified address: a stranger may have chosen the name. */
  readonly name: Option.Option<string>
  readonly email: string
  readonly locale: Locale
}
