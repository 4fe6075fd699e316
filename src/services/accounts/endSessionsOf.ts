// Use case of operators: end all sessions of an account. The password stays, so its owner can log in again. Access
// tokens that were issued expire after 15 minutes.
import { Effect, Option } from "effect"
import { audited } from "../audit/audit.ts"
import { now } from "../time.ts"
import { normalizeEmail } from "./model/Account.ts"
import { AccountNotFound } from "./model/errors.ts"
import { AccountStore } from "./ports/AccountStore.ts"
import { SessionStore } from "./ports/SessionStore.ts"

export const endSessionsOf = Effect.fn("endSessionsOf")(function* (address: string) {
  const email = normalizeEmail(address)
  const account = yield* AccountStore.use((store) => store.findByEmail(email))
  if (Option.isNone(account)) return yield* new AccountNotFound({ email })
  const { user } = account.value
  const at = yield* now
  yield* audited(
    SessionStore.use((store) => store.endAll(user.id, at)),
    (ended) =>
      Option.some({
        kind: "session_ended",
        subject: { userId: user.id },
        details: { matched: ended }
      })
  )
  return user
})
