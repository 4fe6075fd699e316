// Times as text for people, with their zone. Accounts have no time zone, so mails use the shop's.
import type { InEach, Locale } from "../locale.ts"

const tags: InEach<string> = { en: "en-GB", de: "de-DE" }

const ofTime = {
  hour: "2-digit",
  minute: "2-digit",
  timeZoneName: "short",
  hourCycle: "h23"
} as const

const forms = {
  time: ofTime,
  dayAndTime: { day: "numeric", month: "long", year: "numeric", ...ofTime }
} as const satisfies Record<string, Intl.DateTimeFormatOptions>

/** Made when they are first used: each takes a good part of a millisecond. */
const made = new Map<string, Intl.DateTimeFormat>()

const formatOf = (
  form: keyof typeof forms,
  locale: Locale,
  timeZone: string
): Intl.DateTimeFormat => {
  const key = `${form} ${locale} ${timeZone}`
  const known = made.get(key)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat(tags[locale], { ...forms[form], timeZone })
  made.set(key, format)
  return format
}

/** Such as `12:04 UTC`. `timeZone`: an IANA name. */
export const showTime = (at: Date, locale: Locale, timeZone: string): string =>
  formatOf("time", locale, timeZone).format(at)

/** Such as `29 November 2026 at 12:04 UTC`. `timeZone`: an IANA name. */
export const showDayAndTime = (at: Date, locale: Locale, timeZone: string): string =>
  formatOf("dayAndTime", locale, timeZone).format(at)
