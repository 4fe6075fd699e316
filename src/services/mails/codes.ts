// What the messages with a code have in common. Codes are only in the text, never in a subject or in the first
// sentences, which notifications show. Each message says when its code was requested, since it may arrive late, and an
// attempt with an old code counts. None has a link: people who learn to follow one follow a forged one too.
import { Option } from "effect"
import type { InEach, Locale } from "../locale.ts"
import type { Mail } from "../messaging/Mailer.ts"
import { compose } from "./design/compose.ts"
import { type Block, text } from "./design/Letter.ts"
import type { Shop } from "./Shop.ts"
import { showDayAndTime, showTime } from "./times.ts"

/** The request that a code answers. */
export interface Asked {
  readonly at: Date
  /** The code replaces one that was neither used nor expired. */
  readonly replaces?: true
  /** Before this time later requests get the same code, and no further message. */
  readonly sharedUntil?: Date
}

export interface SentCode {
  /** As it is shown. */
  readonly code: string
  readonly asked: Asked
  /** Counted from when it was asked for. */
  readonly minutes: number
}

/** Without the recipient's name: the address may be unverified, and a stranger may have chosen the name. */
export interface CodeRecipient {
  readonly email: string
  readonly locale: Locale
}

/** The texts of one kind of mail with a code. */
export interface CodeWords {
  readonly subject: string
  /** What the code is for. */
  readonly intro: (shop: string) => string
  /** The text before the code. */
  readonly saying: string
  /** Why it must not be passed on. */
  readonly secret: string
  /** What to do if the recipient did not ask for it. */
  readonly ignore: string
  readonly why: (shop: string) => string
}

interface AboutWords {
  readonly asked: (at: string, minutes: number) => string
  readonly replaces: string
  readonly shared: (until: string) => string
}

const about: InEach<AboutWords> = {
  en: {
    asked: (at, minutes) =>
      `It was asked for on ${at} and is valid for ${minutes} minutes from then.`,
    replaces: "It replaces an earlier code, which is not valid any more.",
    shared: (until) => `Requests before ${until} get the same code, and no other mail.`
  },
  de: {
    asked: (at, minutes) =>
      `Er wurde am ${at} angefordert und ist von da an ${minutes} Minuten gültig.`,
    replaces: "Er ersetzt einen früheren Code, der nicht mehr gilt.",
    shared: (until) =>
      `Weitere Anforderungen vor ${until} erhalten denselben Code und keine weitere E-Mail.`
  }
}

const aboutCode = ({ asked, minutes }: SentCode, locale: Locale, { timeZone }: Shop): string => {
  const words = about[locale]
  return [
    words.asked(showDayAndTime(asked.at, locale, timeZone), minutes),
    ...(asked.replaces ? [words.replaces] : []),
    ...(asked.sharedUntil ? [words.shared(showTime(asked.sharedUntil, locale, timeZone))] : [])
  ].join(" ")
}

/** A mail with a code. */
export const codeMailOf =
  (inEach: InEach<CodeWords>) =>
  ({ email, locale }: CodeRecipient, sent: SentCode, shop: Shop): Mail => {
    const { subject, intro, saying, secret, ignore, why } = inEach[locale]
    const blocks: ReadonlyArray<Block> = [
      { _tag: "Code", saying, code: sent.code },
      text(aboutCode(sent, locale, shop)),
      text(`${secret} ${ignore}`)
    ]
    const letter = { subject, intro: intro(shop.name), blocks, why: why(shop.name) }
    return compose(letter, { name: Option.none(), email, locale }, shop)
  }
