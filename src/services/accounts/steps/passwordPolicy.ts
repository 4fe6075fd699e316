// Which passwords are accepted: of any characters, long enough without the words of account and service, not known from
// breaches, and hard to guess (NIST SP 800-63B; OWASP ASVS 5.0, 6.2). They are checked in the form that is hashed, and
// never trimmed or cut.
import { Effect, Option, Redacted } from "effect"
import { contextWords, guessableWords } from "../model/contextWords.ts"
import { WeakPassword } from "../model/errors.ts"
import { opaqueString } from "../model/opaqueString.ts"
import { BreachedPasswords } from "../ports/BreachedPasswords.ts"
import { PasswordStrength } from "../ports/PasswordStrength.ts"

export const minPasswordLength = 8
export const maxPasswordLength = 128
/**
 * The least of zxcvbn's score 3 of 4, "safely unguessable". Limits leave an account's password a thousand
 * guesses a day, so they last for centuries; Argon2id makes each guess at a stolen hash expensive. Eight
 * characters without a pattern are as many.
 */
export const minPasswordGuesses = 1e8

/** In Unicode code points. */
const lengthOf = (text: string): number => [...text].length

/**
 * The one check of every new password. `email` is normalized. Fails with advice that
 * says why.
 */
export const checkPassword = Effect.fn("checkPassword")(function* (
  typed: Redacted.Redacted,
  email: string
) {
  const password = opaqueString(typed)
  const value = Redacted.value(password)
  const length = lengthOf(value)
  if (length < minPasswordLength || length > maxPasswordLength)
    return yield* refuse(`Use ${minPasswordLength} to ${maxPasswordLength} characters`)
  if (yield* BreachedPasswords.use((breached) => breached.includes(password)))
    return yield* refuse(
      "This password is known from data breaches, where attackers find the ones they try: use another"
    )
  if (lengthOf(withoutWords(value.toLowerCase(), contextWords(email))) < minPasswordLength)
    return yield* refuse(
      `Your email address and the words of this service are guessed first: use at least ${minPasswordLength} characters in addition to them`
    )
  const { guesses, warning } = yield* PasswordStrength.use((strength) =>
    strength.estimate(password, guessableWords(email))
  )
  if (guesses < minPasswordGuesses)
    return yield* refuse(Option.getOrElse(warning, () => "This password is easy to guess"))
})

const refuse = (reason: string) =>
  new WeakPassword({ advice: `${reason}; a few unrelated words do well.` })

const withoutWords = (text: string, words: ReadonlyArray<string>): string =>
  words.reduce((rest, word) => rest.replaceAll(word, ""), text)
