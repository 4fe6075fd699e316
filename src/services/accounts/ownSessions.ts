// Use cases: list one's own sessions, end one, end all. Issued access tokens stay valid for up to 15 minutes.
import { Effect, Option } from "effect"
import { audited } from "../audit/audit.ts"
import type { SessionId } from "../ids.ts"
import type { Principal } from "../Principal.ts"
import { now } from "../time.ts"
import { SessionNotFound } from "./model/errors.ts"
import { expiresAt, lastUsedAt, maxSessions } from "./model/Session.ts"
import { AccountStore } from "./ports/AccountStore.ts"
import { SessionStore } from "./ports/SessionStore.ts"
import { InvalidToken } from "./ports/TokenSigner.ts"

/** Newest first. */
export const listSessions = Effect.fn("listSessions")(function* ({ userId, sessionId }: Principal) {
  const account = yield* AccountStore.use((store) => store.findById(userId))
  if (Option.isNone(account)) return yield* new InvalidToken()
  const { passwordVersion } = account.value
  const at = yield* now
  const sessions = yield* SessionStore.use((store) => store.list(userId, at, maxSessions))
  return sessions
    .filter((session) => session.passwordVersion === passwordVersion)
    .map((session) => ({
      id: session.id,
      createdAt: session.createdAt,
      lastUsedAt: lastUsedAt(session),
      expiresAt: expiresAt(session),
      /** Whether it is the caller's session. */
      current: session.id === sessionId
    }))
})

/** A session of another user is not found. */
export const endSession = Effect.fn("endSession")(function* ({ userId }: Principal, id: SessionId) {
  const at = yield* now
  const ended = yield* audited(
    SessionStore.use((store) => store.endOwn(userId, id, at)),
    (found) =>
      found
        ? Option.some({ kind: "session_ended", subject: { userId, sessionId: id } })
        : Option.none()
  )
  if (!ended) return yield* new SessionNotFound({ id })
})

/** With the caller's session. */
export const endSessions = Effect.fn("endSessions")(function* ({ userId }: Principal) {
  const at = yield* now
  yield* audited(
    SessionStore.use((store) => store.endAll(userId, at)),
    (ended) =>
      ended === 0
        ? Option.none()
        : Option.some({ kind: "session_ended", subject: { userId }, details: { matched: ended } })
  )
})
