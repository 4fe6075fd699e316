// Use cases of operators: make a user an admin, and take that back. Both hold from the user's next login
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
  const user = yield* audited(
    AccountStore.use((store) => store.setRole(email, role)),
    Option.map(({ id: userId }) => ({ kind, subject: { userId } }))
  )
  return Option.isSome(user) ? user.value : yield* new AccountNotFound({ email })
})

export const grantAdmin = Effect.fn("grantAdmin")((address: string) =>
  changeRole(address, "admin", "role_granted")
)

export const revokeAdmin = Effect.fn("revokeAdmin")((address: string) =>
  changeRole(address, "user", "role_revoked")
)
