// Use case: remove the phone. Codes that were sent to it no longer set a password (see resetPassword), and pending
// codes no longer verify a phone of the account (see setPhone). The owner loses a way to recover the account, so the
// login must be recent.
import { Effect, Option } from "effect"
import { audited } from "../audit/audit.ts"
import { maskAddress } from "../audit/mask.ts"
import { phoneRemovedMail } from "../mails/phoneRemovedMail.ts"
import type { Principal } from "../Principal.ts"
import { LoginRequired } from "./model/errors.ts"
import { AccountStore } from "./ports/AccountStore.ts"
import { notifyOwner } from "./steps/notifyOwner.ts"
import { requireRecentLogin } from "./steps/requireRecentLogin.ts"

/** Without a phone it only ends pending verifications, and sends no mail. */
export const removePhone = Effect.fn("removePhone")(function* (principal: Principal) {
  const {
    user: { id: userId },
    passwordVersion
  } = yield* requireRecentLogin(principal)
  const before = yield* audited(
    AccountStore.use((store) => store.removePhone(userId, passwordVersion)),
    (found) =>
      Option.map(
        Option.flatMap(found, ({ phone }) => phone),
        (phone) => ({ kind: "phone_removed", subject: { userId, address: maskAddress(phone) } })
      )
  )
  // The password was changed meanwhile, so the session has ended.
  if (Option.isNone(before)) return yield* new LoginRequired()
  if (Option.isSome(before.value.phone)) yield* notifyOwner(userId, phoneRemovedMail)
})
