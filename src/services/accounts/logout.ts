// Use case: end a session. An expired, revoked or malformed token changes nothing and is accepted. A token that
// `refresh` would call reused ends the session too, and its owner gets the same mail.
import { Effect, Option } from "effect"
import { audited, type Entry } from "../audit/audit.ts"
import { loginEndedMail } from "../mails/loginEndedMail.ts"
import { now } from "../time.ts"
import { type EndOutcome, SessionStore } from "./ports/SessionStore.ts"
import { type RefreshClaims, TokenSigner } from "./ports/TokenSigner.ts"
import { notifyOwner } from "./steps/notifyOwner.ts"

export const logout = Effect.fn("logout")(
  function* (refreshToken: string) {
    const claims = yield* TokenSigner.use((signer) => signer.verifyRefresh(refreshToken))
    const { userId, sessionId, jti } = claims
    const ending = { sessionId, presented: jti, at: yield* now }
    const outcome = yield* audited(
      SessionStore.use((sessions) => sessions.end(ending)),
      (ended) => entryOf(ended, claims)
    )
    if (outcome === "Reused") yield* notifyOwner(userId, loginEndedMail)
  },
  Effect.catchTag(["InvalidToken", "TokenExpired"], () => Effect.void)
)

const entryOf = (
  outcome: EndOutcome,
  { userId, sessionId }: RefreshClaims
): Option.Option<Entry> => {
  const subject = { userId, sessionId }
  switch (outcome) {
    case "LoggedOut":
      return Option.some({
        kind: "logged_out",
        actor: { type: "user", userId, sessionId, role: Option.none() },
        subject
      })
    // Who presented it is unknown: there is no actor.
    case "Reused":
      return Option.some({ kind: "refresh_reused", subject })
    case "Over":
      return Option.none()
  }
}
