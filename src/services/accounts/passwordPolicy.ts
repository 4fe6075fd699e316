// Which passwords are accepted: length is what counts (NIST SP 800-63B), and not the address itself.
import { Effect, Redacted } from "effect"
import { WeakPassword } from "./errors.ts"

export const minPasswordLength = 8
export const maxPasswordLength = 128

/** Fails with advice; lengths are in Unicode code points. */
export const checkPassword = (
  password: Redacted.Redacted,
  email: string
): Effect.Effect<void, WeakPassword> => {
  const value = Redacted.value(password)
  const length = [...value].length
  if (length < minPasswordLength || length > maxPasswordLength)
    return new WeakPassword({
      advice: `Use ${minPasswordLength} to ${maxPasswordLength} characters; a few unrelated words do well.`
    })
  const lower = value.toLowerCase()
  if (lower === email || lower === email.split("@")[0])
    return new WeakPassword({ advice: "Use something other than your email address." })
  return Effect.void
}
