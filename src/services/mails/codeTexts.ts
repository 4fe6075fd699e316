// The text of an SMS with a code. With the longest code and month it has at most 160 characters of GSM-7. So its time
// is in UTC, whose name is shorter than that of most zones.
import type { InEach, Locale } from "../locale.ts"
import type { SentCode } from "./codes.ts"
import { showDayAndTime } from "./times.ts"

interface Words {
  readonly code: (code: string) => string
  readonly reset: (code: string) => string
  readonly asked: (at: string, minutes: number) => string
  readonly replaces: string
  readonly secret: string
}

const inEach: InEach<Words> = {
  en: {
    code: (code) => `Your verification code is ${code}.`,
    reset: (code) => `Your code for a new password is ${code}.`,
    asked: (at, minutes) => `Asked for on ${at}, valid for ${minutes} minutes.`,
    replaces: "It replaces an older one.",
    secret: "Do not share it."
  },
  de: {
    code: (code) => `Ihr Code ist ${code}.`,
    reset: (code) => `Ihr Code für ein neues Passwort ist ${code}.`,
    asked: (at, minutes) => `Angefordert am ${at}, ${minutes} Minuten gültig.`,
    replaces: "Ersetzt den vorigen.",
    secret: "Nicht weitergeben."
  }
}

const aboutCode = ({ asked, minutes }: SentCode, locale: Locale): string => {
  const words = inEach[locale]
  const first = words.asked(showDayAndTime(asked.at, locale, "UTC"), minutes)
  return asked.replaces ? `${first} ${words.replaces}` : first
}

export const codeText = (sent: SentCode, locale: Locale): string =>
  `${inEach[locale].code(sent.code)} ${aboutCode(sent, locale)}`

export const resetText = (sent: SentCode, locale: Locale): string =>
  `${inEach[locale].reset(sent.code)} ${aboutCode(sent, locale)} ${inEach[locale].secret}`
