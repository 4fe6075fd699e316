// BreachedPasswords on the list of zxcvbn-ts: the 49,000 most common of breaches, of which 18,000 are long enough to be
// chosen. It is part of the package, so no other service is called. It is loaded with the first checked password, so a
// process that checks none spends no time and memory on it.
import { Effect, Layer, Redacted } from "effect"
import { BreachedPasswords } from "../../services/accounts/ports/BreachedPasswords.ts"
import { minPasswordLength } from "../../services/accounts/steps/passwordPolicy.ts"

/** The list is of lower case. */
const load = Effect.promise(async () => {
  const { dictionary } = await import("@zxcvbn-ts/language-common")
  return new Set(
    dictionary["passwords-common"].filter((password) => password.length >= minPasswordLength)
  )
})

export const layer: Layer.Layer<BreachedPasswords> = Layer.sync(BreachedPasswords, () => {
  // The value only, never a pending load: requests may not wait for each other's work on every host.
  let known: ReadonlySet<string> | undefined
  return BreachedPasswords.of({
    includes: Effect.fnUntraced(function* (password) {
      known ??= yield* load
      return known.has(Redacted.value(password).toLowerCase())
    })
  })
})
