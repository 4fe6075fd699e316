// Which order a mail or a message is about.
import type { Mail } from "../../src/services/messaging/Mailer.ts"

/** The number of the order that a mail confirms; none for a mail with a code. */
export const numberInMail = ({ subject }: Mail): string | undefined =>
  /^Your order (\S+) is confirmed$/u.exec(subject)?.[1]

export const orderOfBody = (body: string): string => /[0-9a-f]{32}/u.exec(body)?.[0] ?? ""
