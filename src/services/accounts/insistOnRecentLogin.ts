// Lets only a session through that lives and was logged in a short while ago: an access token that was
// stolen, or a session that was left open, is not enough for what would let its holder take the account over.
import { Effect, Option } from "effect"
import { now } from "../time.ts"
import { AccountStore } from "./AccountStore.ts"
import { LoginRequired } from "./errors.ts"
import { isRecentLogin } from "./Session.ts"
import { SessionStore } from "./SessionStore.ts"
import { InvalidToken, type Principal } from "./TokenSigner.ts"

/** The caller's account, whose password is the one that the session was logged in with, or kept for. */
export const insistOnRecentLogin = Effect.fn("insistOnRecentLogin")(function* ({
  userId,
  sessionId
}: Principal) {
  const at = yield* now
  const session = yield* SessionStore.use((store) => store.findOwn(userId, sessionId, at))
  if (Option.isNone(session) || !isRecentLogin(session.value, at)) return yield* new LoginRequired()
  const account = yield* AccountStore.use((store) => store.findById(userId))
  if (Option.isNone(account)) return yield* new InvalidToken()
  // The session of an older password is over, whether or not somebody came to end it (see refresh).
  if (account.value.passwordVersion !== session.value.passwordVersion)
    return yield* new LoginRequired()
  return account.value
})
