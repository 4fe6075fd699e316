// How use cases hash and verify passwords: always in the form of `opaqueString`, so that a password works on all
// devices. Older hashes are of the password as typed.
import { Effect, Redacted } from "effect"
import type { PasswordHash } from "../model/Account.ts"
import { opaqueString } from "../model/opaqueString.ts"
import { PasswordHasher } from "../ports/PasswordHasher.ts"

export const hashPassword = (password: Redacted.Redacted) =>
  PasswordHasher.use((hasher) => hasher.hash(opaqueString(password)))

/** `outdated`: the password matches, but its hash has weaker parameters than today's or another form. */
type Verdict = "fits" | "outdated" | "wrong"

/**
 * A password that is typed in another form is tried as typed too, whether or not it fits already. How many
 * hashes that takes depends on what was typed alone, never on the account or the verdict: the time of an
 * answer that hides the verdict tells nothing.
 */
export const verifyPassword = Effect.fnUntraced(function* (
  hash: PasswordHash,
  password: Redacted.Redacted
) {
  const hasher = yield* PasswordHasher
  const opaque = opaqueString(password)
  const verdict = (value: Verdict) => value
  const fits = yield* hasher.verify(hash, opaque)
  const isOpaque = Redacted.value(opaque) === Redacted.value(password)
  const fitsAsTyped = !isOpaque && (yield* hasher.verify(hash, password))
  if (fits) return verdict(hasher.isOutdated(hash) ? "outdated" : "fits")
  return verdict(fitsAsTyped ? "outdated" : "wrong")
})
