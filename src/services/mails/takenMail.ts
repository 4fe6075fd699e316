// The mail to the owner of an address that was registered again, perhaps by its owner. It has no name: a name in the
// request was chosen by the caller, and the account's name would reveal more than needed.
import { Option } from "effect"
import type { InEach } from "../locale.ts"
import type { Mail } from "../messaging/Mailer.ts"
import type { CodeRecipient } from "./codes.ts"
import { compose } from "./design/compose.ts"
import { text } from "./design/Letter.ts"
import type { Shop } from "./Shop.ts"

interface Words {
  readonly subject: string
  readonly intro: (shop: string) => string
  readonly advice: string
  readonly why: (shop: string) => string
}

const inEach: InEach<Words> = {
  en: {
    subject: "You already have an account",
    intro: (shop) =>
      `Someone tried to register an account at ${shop} with this address, which has one already.`,
    advice:
      "If it was you, log in, or ask for a code that sets a new password. If it was not, nothing has changed and you need not do anything.",
    why: (shop) => `You get this mail because this address was entered to register at ${shop}.`
  },
  de: {
    subject: "Sie haben bereits ein Konto",
    intro: (shop) =>
      `jemand wollte bei ${shop} ein Konto mit dieser Adresse anlegen, zu der es schon eines gibt.`,
    advice:
      "Falls Sie es waren, melden Sie sich an, oder fordern Sie einen Code für ein neues Passwort an. Falls nicht, hat sich nichts geändert, und Sie brauchen nichts zu tun.",
    why: (shop) =>
      `Sie erhalten diese E-Mail, weil diese Adresse bei der Registrierung bei ${shop} angegeben wurde.`
  }
}

export const takenMail = ({ email, locale }: CodeRecipient, shop: Shop): Mail => {
  const { subject, intro, advice, why } = inEach[locale]
  const letter = {
    subject,
    intro: intro(shop.name),
    blocks: [text(advice)],
    why: why(shop.name)
  }
  return compose(letter, { name: Option.none(), email, locale }, shop)
}
