// The mails that tell an account's owner about a change of the account, so that the owner notices changes by others.
// Like mails with codes, they have no link.
import type { InEach } from "../locale.ts"
import type { Mail } from "../messaging/Mailer.ts"
import { compose } from "./design/compose.ts"
import { text } from "./design/Letter.ts"
import type { Recipient } from "./Recipient.ts"
import type { Shop } from "./Shop.ts"
import { showDayAndTime } from "./times.ts"

/** A notice of a change at `at`. */
export type Notice = (recipient: Recipient, at: Date, shop: Shop) => Mail

interface NoticeWords {
  readonly subject: string
  /** The change. */
  readonly intro: string
  /** What to do if another person did it. */
  readonly advice: string
}

interface SharedWords {
  readonly when: string
  readonly why: (shop: string) => string
}

const shared: InEach<SharedWords> = {
  en: {
    when: "When",
    why: (shop) => `You get this mail because you have an account with this address at ${shop}.`
  },
  de: {
    when: "Wann",
    why: (shop) =>
      `Sie erhalten diese E-Mail, weil Sie ein Konto mit dieser Adresse bei ${shop} haben.`
  }
}

/** The advice of most notices. */
export const takeBack: InEach<string> = {
  en: "If it was not you, someone else has access to your account: set a new password now, with a code to this address.",
  de: "Falls Sie es nicht waren, hat jemand anderes Zugang zu Ihrem Konto: Setzen Sie jetzt ein neues Passwort, mit einem Code an diese Adresse."
}

export const noticeOf =
  (inEach: InEach<NoticeWords>): Notice =>
  (recipient, at, shop) => {
    const { locale } = recipient
    const { subject, intro, advice } = inEach[locale]
    const { when, why } = shared[locale]
    const letter = {
      subject,
      intro,
      blocks: [
        { _tag: "Facts", facts: [[when, showDayAndTime(at, locale, shop.timeZone)]] } as const,
        text(advice)
      ],
      why: why(shop.name)
    }
    return compose(letter, recipient, shop)
  }
