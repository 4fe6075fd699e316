// Use cases of administrators: disable an account, enable it again, end its sessions. A disabled account gets no tokens
// by a login or a refresh, and a reset of its password does not enable it. Issued access tokens stay valid for up to 15
// minutes. Each change is an audit event with its reason.
import { Effect, Option } from "effect"
import type { AuditKind } from "../audit/AuditEvent.ts"
import { audited } from "../audit/audit.ts"
import type { UserId } from "../ids.ts"
import type { Principal } from "../Principal.ts"
import { now } from "../time.ts"
import type { Disabling } from "./model/Account.ts"
import { AccessNotChangeable, UserNotFound } from "./model/errors.ts"
import { AccountStore } from "./ports/AccountStore.ts"
import { SessionStore } from "./ports/SessionStore.ts"

const setDisabled = Effect.fnUntraced(function* (
  id: UserId,
  kind: AuditKind,
  disabled: Option.Option<Disabling>,
  reason: string
) {
  const isDisabled = Option.isSome(disabled)
  const outcome = yield* audited(
    AccountStore.use((store) => store.setDisabled(id, disabled)),
    (result) =>
      Option.exists(result, ({ _tag }) => _tag === "Changed")
        ? Option.some({
            kind,
            subject: { userId: id },
            details: { before: { disabled: !isDisabled }, after: { disabled: isDisabled }, reason }
          })
        : Option.none()
  )
  if (Option.isNone(outcome)) return yield* new UserNotFound({ id })
  if (outcome.value._tag === "LastAdmin")
    return yield* new AccessNotChangeable({ because: "last admin" })
  return outcome.value.customer
})

const endAll = Effect.fnUntraced(function* (id: UserId, at: Date, reason: string) {
  yield* audited(
    SessionStore.use((store) => store.endAll(id, at)),
    (ended) =>
      ended === 0
        ? Option.none()
        : Option.some({
            kind: "session_ended",
            subject: { userId: id },
            details: { matched: ended, reason }
          })
  )
})

/**
 * Ends the sessions too: those of an account that was disabled before, since a call that failed may have left some. Not
 * one's own account, nor that of the last admin.
 */
export const disableUser = Effect.fn("disableUser")(function* (
  principal: Principal,
  id: UserId,
  reason: string
) {
  if (principal.userId === id) return yield* new AccessNotChangeable({ because: "own" })
  const at = yield* now
  const customer = yield* setDisabled(id, "account_disabled", Option.some({ at, reason }), reason)
  yield* endAll(id, at, reason)
  return customer
})

export const enableUser = Effect.fn("enableUser")((id: UserId, reason: string) =>
  setDisabled(id, "account_enabled", Option.none(), reason)
)

/** All of the user's, whose password stays. */
export const endSessionsOfUser = Effect.fn("endSessionsOfUser")(function* (
  id: UserId,
  reason: string
) {
  const account = yield* AccountStore.use((store) => store.findById(id))
  if (Option.isNone(account)) return yield* new UserNotFound({ id })
  yield* endAll(id, yield* now, reason)
})
