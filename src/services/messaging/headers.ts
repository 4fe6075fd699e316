// The allowed values of a mail's headers: one line, and one plain address. Other values could inject a further header.
import { Option } from "effect"
import type { Mail } from "./Mailer.ts"

const lineBreaking = /[\p{Cc}\u{2028}\u{2029}]/u
export const plainAddress = /^[^\s\p{Cc}<>()[\]\\,;:"@]+@[^\s\p{Cc}<>()[\]\\,;:"@]+$/u

/** Why the mail must not be given to a transport; None: it may. Quotes nothing of the mail. */
export const headerProblem = (mail: Mail): Option.Option<string> => {
  if (!plainAddress.test(mail.to)) return Option.some("the recipient is not one plain address")
  if (mail.replyTo !== undefined && !plainAddress.test(mail.replyTo))
    return Option.some("who gets the answers is not one plain address")
  if (lineBreaking.test(mail.subject)) return Option.some("the subject is not one line")
  return Option.none()
}
