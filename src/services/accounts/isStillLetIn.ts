// Use case: whether the holder of an access token would get a new one with the same rights. For event streams, which
// last longer than a request, since an issued token does not show that its session has ended.
import { Effect, Option } from "effect"
import type { Principal } from "../Principal.ts"
import { now } from "../time.ts"
import { AccountStore } from "./ports/AccountStore.ts"
import { SessionStore } from "./ports/SessionStore.ts"

/**
 * The session lives, its password is the account's, the account is not disabled, and an administrator is one still. The
 * password is compared because a session of an older one is over also where no call came to end it; a login that raced
 * with the disabling of its account leaves such a session too.
 */
export const isStillLetIn = Effect.fnUntraced(function* ({ userId, sessionId, role }: Principal) {
  const at = yield* now
  const session = yield* SessionStore.use((store) => store.findOwn(userId, sessionId, at))
  if (Option.isNone(session)) return false
  const account = yield* AccountStore.use((store) => store.findById(userId))
  return Option.exists(
    account,
    ({ passwordVersion, disabled, user }) =>
      passwordVersion === session.value.passwordVersion &&
      Option.isNone(disabled) &&
      (role === "user" || user.role === role)
  )
})
