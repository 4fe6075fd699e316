// Use cases of operators: give a user a role, and take it back. Both hold from the user's next login
// or refresh on, so an admin whose role was taken is one for at most the life of an access token.
import { Effect, Option } from "effect"
import type { AuditKind } from "../audit/AuditEvent.ts"
import { audited } from "../audit/audit.ts"
import type { Role } from "../Principal.ts"
import { normalizeEmail } from "./model/Account.ts"
import { AccountNotFound } from "./model/errors.ts"
import { AccountStore } from "./ports/AccountStore.ts"

const changeRole = Effect.fnUntraced(function* (address: string, role: Role, kind: AuditKind) {
  const email = normalizeEmail(address)
  const change = yield* audited(
    AccountStore.use((store) => store.setRole(email, role)),
    Option.map(({ user: { id: userId }, before }) => ({
      kind,
      subject: { userId },
      details: { before: { role: before }, after: { role } }
    }))
  )
  return Option.isSome(change) ? change.value.user : yield* new AccountNotFound({ email })
})

/** Gives a role, in place of the one that the user had. */
export const grantRole = Effect.fn("grantRole")((address: string, role: Exclude<Role, "user">) =>
  changeRole(address, role, "role_granted")
)

/** Takes the role back that the user has: `support` too. */
export const revokeAdmin = Effect.fn("revokeAdmin")((address: string) =>
  changeRole(address, "user", "role_revoked")
)
