// The texts that accounts send. Codes stand in the text alone, never in a subject that notifications show.
import type { Mail } from "../messaging/Mailer.ts"
import { codeLifetimeSeconds } from "./Verification.ts"

const minutes = codeLifetimeSeconds / 60

export const codeMail = (to: string, code: string): Mail => ({
  to,
  subject: "Your verification code",
  text: `Your verification code is ${code}. It is valid for ${minutes} minutes.\n\nIf you did not ask for it, ignore this mail.`,
  html: `<p>Your verification code is <strong>${code}</strong>. It is valid for ${minutes} minutes.</p><p>If you did not ask for it, ignore this mail.</p>`
})

/** To the owner of an address that somebody, perhaps its owner, registered again. */
export const takenMail = (to: string): Mail => {
  const text =
    "Somebody tried to register an account with this address, which has one already. If it was you, log in. If it was not, nothing has changed and you need not do anything."
  return { to, subject: "You already have an account", text, html: `<p>${text}</p>` }
}

export const codeText = (code: string): string =>
  `Your verification code is ${code}. It is valid for ${minutes} minutes.`
