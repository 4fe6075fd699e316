// The languages of mails and SMS.
import { Schema } from "effect"

export const locales = ["en", "de"] as const
export const Locale = Schema.Literals(locales)
export type Locale = typeof Locale.Type

/** Of accounts and proofs that are older than the choice, and of requests that ask for a language we do not have. */
export const defaultLocale: Locale = "en"

/** Something in each language: the compiler asks for all of them. */
export type InEach<A> = { readonly [L in Locale]: A }
