// A person with a verified email address, and how addresses are compared.
import { Schema } from "effect"
import { UserId } from "../../ids.ts"
import { Locale } from "../../locale.ts"
import { roles } from "../../Principal.ts"

export const User = Schema.Struct({
  id: UserId,
  email: Schema.String,
  name: Schema.OptionFromNullOr(Schema.String),
  /** E.164, after a code has verified it. */
  phone: Schema.OptionFromNullOr(Schema.String),
  role: Schema.Literals(roles),
  /** The language of mails and SMS to the user. */
  locale: Locale,
  createdAt: Schema.Date
})
export type User = typeof User.Type

/** A PHC string, such as `$argon2id$…`. */
export const PasswordHash = Schema.String.pipe(Schema.brand("PasswordHash"))
export type PasswordHash = typeof PasswordHash.Type

/** When the account was disabled, and the reason that the administrator gave. */
export const Disabling = Schema.Struct({ at: Schema.Date, reason: Schema.String })
export type Disabling = typeof Disabling.Type

/** A user as operators see one. */
export const Customer = Schema.Struct({ user: User, disabled: Schema.Option(Disabling) })
export type Customer = typeof Customer.Type

/** A user with the password's hash; the hash never leaves the use cases. */
export const Account = Schema.Struct({
  user: User,
  passwordHash: PasswordHash,
  /** How often the password was set. Sessions have it too: those of an older password have ended. */
  passwordVersion: Schema.Int,
  /** Wrong codes since its owner's last success, counted up to `maxShortCodeFailures`. */
  codeFailures: Schema.Int,
  /** How often the phone was removed. Verifications of a phone have it too: a removal ends the pending ones. */
  phoneRemovals: Schema.Int,
  /** None: it may be used. A disabled account gets no tokens. */
  disabled: Schema.Option(Disabling)
})
export type Account = typeof Account.Type

/**
 * Wrong codes after which the account's codes are long. NIST SP 800-63B-4, 3.2.2, allows 100 failures in a row;
 * a lock would shut the owner out, and a code of 60 bits cannot be guessed.
 */
export const maxShortCodeFailures = 100

/**
 * One spelling per mailbox. Case is dropped in the local part too: RFC 5321 allows it to matter, no
 * provider in use lets it, and two accounts for one mailbox would be worse.
 */
export const normalizeEmail = (email: string): string => email.trim().toLowerCase()
