// The texts that accounts send. Codes stand in the text alone, never in a subject that notifications show. Each
// says when its code was asked for: a message may come late, and an attempt with the wrong code counts.
import type { Mail } from "../../messaging/Mailer.ts"
import { type Code, showCode } from "../model/Verification.ts"

/** The request that a code answers. */
export interface Asked {
  readonly at: Date
  /** The code replaces one that was neither used nor expired. */
  readonly replaces?: true
  /** Later requests get the same code before this time, and no message of their own. */
  readonly sharedUntil?: Date
}

export interface SentCode {
  readonly code: Code
  readonly asked: Asked
  /** Counted from when it was asked for. */
  readonly minutes: number
}

const timeOf = (at: Date): string => `${at.toISOString().slice(11, 16)} UTC`

const days = new Intl.DateTimeFormat("en-GB", {
  timeZone: "UTC",
  day: "numeric",
  month: "long",
  year: "numeric"
})

const dayAndTimeOf = (at: Date): string => `${timeOf(at)} on ${days.format(at)}`

/** `saying` is how the mail begins, with the code as it is shown; `ignore` is its last paragraph. */
const mailWith = (
  { code, asked, minutes }: SentCode,
  {
    to,
    subject,
    saying,
    ignore
  }: Pick<Mail, "to" | "subject"> & {
    readonly saying: (code: string) => string
    readonly ignore: string
  }
): Mail => {
  const about = [
    `It was asked for at ${dayAndTimeOf(asked.at)} and is valid for ${minutes} minutes from then.`,
    ...(asked.replaces ? ["It replaces an earlier code, which is not valid any more."] : []),
    ...(asked.sharedUntil
      ? [`Requests before ${timeOf(asked.sharedUntil)} get the same code, and no other mail.`]
      : [])
  ].join(" ")
  const shown = showCode(code)
  return {
    to,
    subject,
    text: `${saying(shown)} ${about}\n\n${ignore}`,
    html: `<p>${saying(`<strong>${shown}</strong>`)} ${about}</p><p>${ignore}</p>`
  }
}

export const codeMail = (to: string, sent: SentCode): Mail =>
  mailWith(sent, {
    to,
    subject: "Your verification code",
    saying: (code) => `Your verification code is ${code}.`,
    ignore: "If you did not ask for it, ignore this mail."
  })

/** Says what the code does: whoever is talked into passing it on should know. */
export const resetMail = (to: string, sent: SentCode): Mail =>
  mailWith(sent, {
    to,
    subject: "Your code for a new password",
    saying: (code) => `Your code to set a new password is ${code}. Give it to nobody.`,
    ignore: "If you did not ask for it, ignore this mail: your password stays as it is."
  })

/** A mail of one paragraph. */
const note = (to: string, subject: string, text: string): Mail => ({
  to,
  subject,
  text,
  html: `<p>${text}</p>`
})

export const passwordChangedMail = (to: string): Mail =>
  note(
    to,
    "Your password was changed",
    "The password of your account was changed, and logins with the old one have ended. If it was not you, somebody else has access: set a new password at once with a code to this address."
  )

export const phoneChangedMail = (to: string): Mail =>
  note(
    to,
    "Your phone number was changed",
    "A phone number was proven for your account; codes to set a new password can be sent to it. If it was not you, somebody else has access: set a new password at once with a code to this address."
  )

export const phoneRemovedMail = (to: string): Mail =>
  note(
    to,
    "Your phone number was removed",
    "The phone number of your account was removed; codes to set a new password are not sent to it any more. If it was not you, somebody else has access: set a new password at once with a code to this address."
  )

export const reuseMail = (to: string): Mail =>
  note(
    to,
    "One of your logins was ended",
    "An old token of one of your logins was used again, so that login was ended: somebody may have copied it. Log in again. If you do not know why it happened, set a new password."
  )

/** To the owner of an address that somebody, perhaps its owner, registered again. */
export const takenMail = (to: string): Mail =>
  note(
    to,
    "You already have an account",
    "Somebody tried to register an account with this address, which has one already. If it was you, log in. If it was not, nothing has changed and you need not do anything."
  )

/** What an SMS says of its code. Short: with the longest code and month a text has 160 characters of GSM-7 at most. */
const textAbout = ({ asked, minutes }: SentCode): string =>
  `Asked for at ${dayAndTimeOf(asked.at)}, valid for ${minutes} minutes.${asked.replaces ? " It replaces an older one." : ""}`

export const codeText = (sent: SentCode): string =>
  `Your verification code is ${showCode(sent.code)}. ${textAbout(sent)}`

export const resetText = (sent: SentCode): string =>
  `Your code for a new password is ${showCode(sent.code)}. ${textAbout(sent)} Give it to nobody.`
