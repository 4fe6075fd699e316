// Keeps stored passwords at today's parameters and form: a login replaces an outdated hash.
import { Effect, type Redacted } from "effect"
import type { Account } from "../model/Account.ts"
import { AccountStore } from "../ports/AccountStore.ts"
import { hashPassword } from "./passwordHashes.ts"

/**
 * Replaces an outdated hash: only the owner can, since only the password makes a new one. In
 * the login itself and not behind it: a login then holds one place among the hashes and never two, and
 * the password is forgotten with its request. What fails here is for the next login; this one goes on.
 */
export const renewHash = Effect.fnUntraced(function* (
  { user, passwordHash }: Account,
  password: Redacted.Redacted
) {
  const renewed = Effect.gen(function* () {
    const hash = yield* hashPassword(password)
    // Does not overwrite a password that was changed meanwhile.
    yield* AccountStore.use((store) => store.replacePasswordHash(user.id, passwordHash, hash))
  })
  yield* Effect.catch(renewed, (error) =>
    Effect.logWarning("password hash not renewed", { userId: user.id, reason: error._tag })
  )
})
