// Makes a mail from a letter: the only place that combines recipient, shop and format.
import { Option } from "effect"
import type { Mail } from "../../messaging/Mailer.ts"
import type { Recipient } from "../Recipient.ts"
import type { Shop } from "../Shop.ts"
import { frame } from "./frame.ts"
import { htmlOf } from "./htmlOf.ts"
import type { Letter } from "./Letter.ts"
import { textOf } from "./textOf.ts"

export const compose = (letter: Letter, { name, email, locale }: Recipient, shop: Shop): Mail => {
  const words = frame[locale]
  const greeting = Option.match(name, {
    onNone: () => words.greeting,
    onSome: (known) => `${words.greetingTo} ${known},`
  })
  const framed = { letter, greeting, words, shop }
  return {
    to: email,
    ...(Option.isSome(shop.replyTo) ? { replyTo: shop.replyTo.value } : {}),
    subject: letter.subject,
    text: textOf(framed),
    html: htmlOf(framed, locale)
  }
}
