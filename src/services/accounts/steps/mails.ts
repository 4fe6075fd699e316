// The texts that accounts send. Codes stand in the text alone, never in a subject that notifications show.
import type { Mail } from "../../messaging/Mailer.ts"
import { type Code, showCode } from "../model/Verification.ts"

/** A code, and for how many minutes it is still valid. */
export interface ValidCode {
  readonly code: Code
  readonly minutes: number
}

export const codeMail = (to: string, { code, minutes }: ValidCode): Mail => ({
  to,
  subject: "Your verification code",
  text: `Your verification code is ${showCode(code)}. It is valid for ${minutes} minutes.\n\nIf you did not ask for it, ignore this mail.`,
  html: `<p>Your verification code is <strong>${showCode(code)}</strong>. It is valid for ${minutes} minutes.</p><p>If you did not ask for it, ignore this mail.</p>`
})

/** Says what the code does: whoever is talked into passing it on should know. */
export const resetMail = (to: string, { code, minutes }: ValidCode): Mail => ({
  to,
  subject: "Your code for a new password",
  text: `Your code to set a new password is ${showCode(code)}. It is valid for ${minutes} minutes. Give it to nobody.\n\nIf you did not ask for it, ignore this mail: your password stays as it is.`,
  html: `<p>Your code to set a new password is <strong>${showCode(code)}</strong>. It is valid for ${minutes} minutes. Give it to nobody.</p><p>If you did not ask for it, ignore this mail: your password stays as it is.</p>`
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

export const codeText = ({ code, minutes }: ValidCode): string =>
  `Your verification code is ${showCode(code)}. It is valid for ${minutes} minutes.`

export const resetText = ({ code, minutes }: ValidCode): string =>
  `Your code to set a new password is ${showCode(code)}. It is valid for ${minutes} minutes. Give it to nobody.`
