// Which order a mail or a message is about.
import type { Mail } from "../../src/services/messaging/Mailer.ts"
import type { MailKind } from "../../src/services/orders/model/OrderStatus.ts"

const kinds: Readonly<Record<string, MailKind>> = {
  "is confirmed": "confirmed",
  "is fulfilled": "fulfilled",
  "is cancelled": "cancelled",
  "could not be fulfilled": "failed"
}

/** The number of the order that a mail is about, and what it tells; undefined for a mail with a code. */
export const toldInMail = ({
  subject
}: Mail): { readonly number: string; readonly kind: MailKind } | undefined => {
  const [, number, told] = /^Your order (\S+) (.*)$/u.exec(subject) ?? []
  const kind = kinds[told ?? ""]
  return number === undefined || kind === undefined ? undefined : { number, kind }
}

export const orderOfBody = (body: string): string => /[0-9a-f]{32}/u.exec(body)?.[0] ?? ""
