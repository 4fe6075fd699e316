// The verification of an address by a one-time code, and its rules: bound to its own id, ten minutes, five attempts
// counted before comparing, single use, a minute between two sends. A used one is kept until it expires, so that a
// repeat of its code gets the first answer and changes nothing.
import { Option, Schema } from "effect"
import { UserId, VerificationId } from "../../ids.ts"
import { Locale } from "../../locale.ts"
import { PasswordHash } from "./Account.ts"

export const codeLifetimeSeconds = 600
export const resendCooldownSeconds = 60
export const maxAttempts = 5

/** How the code of a reset is sent. */
export const channels = ["email", "sms"] as const
export type Channel = (typeof channels)[number]

/** Six digits, or twelve characters of base32; see `codeFormFor`. */
export const Code = Schema.String.pipe(Schema.brand("Code"))
export type Code = typeof Code.Type

/** `short`: six digits, 20 bits. `long`: twelve characters of base32, 60 bits. */
export type CodeForm = "short" | "long"

/** Crockford's: without I, L and O, which are read as 1 and 0, and without U. */
export const longCodeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
export const longCodeLength = 12

/** How long requests for one address share a code, see `startSharedReset`. */
export const sharedCodeSeconds = 300

/** As shown in a message: a long code in groups of four. */
export const showCode = (code: Code): string =>
  code.length === longCodeLength ? code.replace(/^(.{4})(.{4})/u, "$1-$2-") : code

/** As people type it: any case, groups of four with a hyphen, a blank or nothing between them. */
export const typedCode =
  /^(?:\d{6}|[0-9A-TV-Za-tv-z]{4}[ -]?[0-9A-TV-Za-tv-z]{4}[ -]?[0-9A-TV-Za-tv-z]{4})$/u

/** The code in a text that `typedCode` takes. */
export const readCode = (typed: string): Code =>
  Code.make(typed.replace(/[ -]/gu, "").toUpperCase().replace(/[IL]/gu, "1").replace(/O/gu, "0"))

/** The HMAC of a verification's id and its code. */
export const CodeDigest = Schema.String.pipe(Schema.brand("CodeDigest"))
export type CodeDigest = typeof CodeDigest.Type

/** The effect of the right code, and the language of the mail or SMS. */
export const Purpose = Schema.Union([
  Schema.TaggedStruct("Register", {
    /** Of the user to be: others see it, and must not learn the verification's id from it. */
    userId: UserId,
    email: Schema.String,
    name: Schema.OptionFromNullOr(Schema.String),
    /** The user's from then on. */
    locale: Locale,
    passwordHash: PasswordHash
  }),
  /** Registration of an address that has an account: no code matches, and its owner gets a mail. */
  Schema.TaggedStruct("Taken", { email: Schema.String, locale: Locale }),
  Schema.TaggedStruct("Phone", {
    userId: UserId,
    phone: Schema.String,
    locale: Locale,
    /**
     * Of when the code was asked for: a change of the password ends this proof. Otherwise an owner
     * who locks an intruder out with a new one could still be given the intruder's phone.
     */
    passwordVersion: Schema.Int,
    /** At the time of the request: a removal of the phone ends this verification too. */
    phoneRemovals: Schema.Int
  }),
  /** A new password for the account of an address. */
  Schema.TaggedStruct("Reset", {
    email: Schema.String,
    channel: Schema.Literals(channels),
    locale: Locale,
    /** None if no account has the address, or the account no verified phone: nothing is sent, and no code matches. */
    account: Schema.OptionFromNullOr(
      Schema.Struct({
        userId: UserId,
        /** The version of the password to replace: every other change of the password ends this verification too. */
        passwordVersion: Schema.Int,
        /** The recipient of the code: the address or the phone. */
        to: Schema.String
      })
    )
  })
])
export type Purpose = typeof Purpose.Type

export const Verification = Schema.Struct({
  id: VerificationId,
  purpose: Purpose,
  /** The code itself is stored nowhere. */
  codeDigest: CodeDigest,
  attempts: Schema.Int,
  expiresAt: Schema.Date,
  /** The time from which a new code may be sent. */
  resendAt: Schema.Date,
  consumedAt: Schema.OptionFromNullOr(Schema.Date)
})
export type Verification = typeof Verification.Type

/** From then on it counts as unknown, even if a store still has it. */
export const isExpired = ({ expiresAt }: Verification, at: Date): boolean => expiresAt <= at

/** Whether a code is still valid at `at`: neither used nor expired. */
export const isOpen = (verification: Verification, at: Date): boolean =>
  Option.isNone(verification.consumedAt) && !isExpired(verification, at)
