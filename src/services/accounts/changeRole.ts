// Use cases of operators: grant a user a role, and revoke it. Both take effect at the user's next login or refresh, so
// a former admin stays one for at most the lifetime of an access token. The last admin whose account may be used keeps
// the role.
import { Effect, Option } from "effect"
import type { AuditKind } from "../audit/AuditEvent.ts"
import { audited } from "../audit/audit.ts"
import type { Role } from "../Principal.ts"
import { normalizeEmail } from "./model/Account.ts"
import { AccessNotChangeable, AccountNotFound } from "./model/errors.ts"
import { AccountStore } from "./ports/AccountStore.ts"

const changeRole = Effect.fnUntraced(function* (address: string, role: Role, kind: AuditKind) {
  const email = normalizeEmail(address)
  const outcome = yield* audited(
    AccountStore.use((store) => store.setRole(email, role)),
    (result) =>
      Option.isSome(result) && result.value._tag === "Changed"
        ? Option.some({
            kind,
            subject: { userId: result.value.user.id },
            details: { before: { role: result.value.before }, after: { role } }
          })
        : Option.none()
  )
  if (Option.isNone(outcome)) return yield* new AccountNotFound({ email })
  if (outcome.value._tag === "LastAdmin")
    return yield* new AccessNotChangeable({ because: "last admin" })
  return outcome.value.user
})

/** Gives a role, in place of the one that the user had: not `support` to the last admin. */
export const grantRole = Effect.fn("grantRole")((address: string, role: Exclude<Role, "user">) =>
  changeRole(address, role, "role_granted")
)

/** Takes the role back that the user has, `support` too: not from the last admin. */
export const revokeAdmin = Effect.fn("revokeAdmin")((address: string) =>
  changeRole(address, "user", "role_revoked")
)
