// The language of a client that sets none: the first one of `Accept-Language` that the service has texts for.
import { parseAccept } from "hono/utils/accept"
import { defaultLocale, type Locale, locales } from "../services/locale.ts"

/** `de-AT` is `de`. Never a refusal: what does not parse asks for nothing. */
export const acceptedLocale = (acceptLanguage: string | undefined): Locale => {
  // By their weights, the first of equals first.
  for (const { type, q } of parseAccept(acceptLanguage ?? "")) {
    const [language] = type.toLowerCase().split("-", 1)
    const known = locales.find((locale) => locale === language)
    if (known !== undefined && q > 0) return known
  }
  return defaultLocale
}
