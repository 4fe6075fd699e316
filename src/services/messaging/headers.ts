// What may stand in a mail's header: one line, and one plain address. Anything else could end the
// header and begin another one.
import type { Mail } from "./Mailer.ts"

const lineBreaking = /[\p{Cc}\u{2028}\u{2029}]/u
const address = /^[^\s\p{Cc}<>()[\]\\,;:"@]+@[^\s\p{Cc}<>()[\]\\,;:"@]+$/u

/** Why the mail must not be handed to a transport; undefined: it may. Quotes nothing of the mail. */
export const headerProblem = (mail: Mail): string | undefined => {
  if (!address.test(mail.to)) return "the recipient is not one plain address"
  if (lineBreaking.test(mail.subject)) return "the subject is not one line"
  return undefined
}
