// Accepts only a live session with a recent login: a stolen access token, or a session that was left open, is not
// enough for changes that would let its holder take over the account.
import { Effect, Option } from "effect"
import type { Principal } from "../../Principal.ts"
import { now } from "../../time.ts"
import { LoginRequired } from "../model/errors.ts"
import { isRecentLogin } from "../model/Session.ts"
import { AccountStore } from "../ports/AccountStore.ts"
import { SessionStore } from "../ports/SessionStore.ts"
import { InvalidToken } from "../ports/TokenSigner.ts"

/** The caller's account, whose password is the one that the session was logged in with, or kept for. */
export const requireRecentLogin = Effect.fn("requireRecentLogin")(function* ({
  userId,
  sessionId
}: Principal) {
  const at = yield* now
  const session = yield* SessionStore.use((store) => store.findOwn(userId, sessionId, at))
  if (Option.isNone(session) || !isRecentLogin(session.value, at)) return yield* new LoginRequired()
  const account = yield* AccountStore.use((store) => store.findById(userId))
  if (Option.isNone(account)) return yield* new InvalidToken()
  // The session of an older password is over, also if nothing ended it (see refresh).
  if (account.value.passwordVersion !== session.value.passwordVersion)
    return yield* new LoginRequired()
  return account.value
})
