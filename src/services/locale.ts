// The languages of mails and SMS.
import { Schema } from "effect"

export const locales = ["en", "de"] as const
export const Locale = Schema.Literals(locales)
export type Locale = typeof Locale.Type

/** For accounts and verifications that are older than the choice, and for requests with an unsupported language. */
export const defaultLocale: Locale = "en"

/** A value for each language: the code does not compile if one is missing. */
export type InEach<A> = { readonly [L in Locale]: A }
