// Makes sure that an admin with this address and password exists, for trial systems.
import { Effect, Option, type Redacted } from "effect"
import { UserId } from "../ids.ts"
import { defaultLocale } from "../locale.ts"
import { IdGenerator } from "../runtime/IdGenerator.ts"
import { now } from "../time.ts"
import { normalizeEmail, type User } from "./model/Account.ts"
import { AccountStore } from "./ports/AccountStore.ts"
import { hashPassword } from "./steps/passwordHashes.ts"

/** An account that exists keeps its password; `created` says whether it is new. */
export const ensureAdmin = Effect.fn("ensureAdmin")(function* (input: {
  readonly email: string
  readonly password: Redacted.Redacted
}) {
  const store = yield* AccountStore
  const email = normalizeEmail(input.email)
  const promoted = yield* store.setRole(email, "admin")
  if (Option.isSome(promoted)) return { created: false }
  const passwordHash = yield* hashPassword(input.password)
  const user: User = {
    id: UserId.make(yield* IdGenerator.use((ids) => ids.next)),
    email,
    name: Option.some("Admin"),
    phone: Option.none(),
    role: "admin",
    locale: defaultLocale,
    createdAt: yield* now
  }
  return {
    created: yield* store.create({
      user,
      passwordHash,
      passwordVersion: 0,
      codeFailures: 0,
      phoneRemovals: 0,
      disabled: Option.none()
    })
  }
})
