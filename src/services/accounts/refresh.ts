// Use case: exchange a refresh token for the next pair. The previous token gets the same successor within the grace
// period, and once within a day after it, see `judgeToken`; any other use of an old token ends the session.
import { Effect, Option } from "effect"
import type { AuditKind } from "../audit/AuditEvent.ts"
import { audited, type Entry } from "../audit/audit.ts"
import { loginEndedMail } from "../mails/loginEndedMail.ts"
import { IdGenerator } from "../runtime/IdGenerator.ts"
import { RateLimiter } from "../runtime/RateLimiter.ts"
import { now } from "../time.ts"
import { SessionRevoked } from "./model/errors.ts"
import { nextGrant, TokenId } from "./model/Session.ts"
import { AccountStore } from "./ports/AccountStore.ts"
import { type RotationOutcome, SessionStore } from "./ports/SessionStore.ts"
import { InvalidToken, TokenSigner } from "./ports/TokenSigner.ts"
import { issueTokens } from "./steps/issueTokens.ts"
import { notifyOwner } from "./steps/notifyOwner.ts"

const eventOf: { readonly [Tag in RotationOutcome["_tag"]]?: AuditKind } = {
  RepeatedLate: "refresh_repeated_late",
  Reused: "refresh_reused"
}

export const refresh = Effect.fn("refresh")(function* (refreshToken: string) {
  const claims = yield* TokenSigner.use((signer) => signer.verifyRefresh(refreshToken)).pipe(
    // There is nothing to renew it with, so an expired one is as good as any other invalid one.
    Effect.catchTag("TokenExpired", () => new InvalidToken())
  )
  yield* RateLimiter.use((limiter) => limiter.take("refreshSession", claims.sessionId))
  const at = yield* now
  const { userId, sessionId } = claims
  const jti = TokenId.make(yield* IdGenerator.use((ids) => ids.unguessable))
  const rotation = { sessionId, presented: claims.jti, next: nextGrant(jti, at), at }
  const outcome = yield* audited(
    SessionStore.use((sessions) => sessions.rotate(rotation)),
    ({ _tag }) =>
      Option.map(
        Option.fromUndefinedOr(eventOf[_tag]),
        (kind): Entry => ({ kind, subject: { userId, sessionId } })
      )
  )
  if (outcome._tag === "Reused") yield* notifyOwner(outcome.session.userId, loginEndedMail)
  if (outcome._tag === "Reused" || outcome._tag === "Ended") return yield* new SessionRevoked()
  const account = yield* AccountStore.use((store) => store.findById(outcome.session.userId))
  // Read after the rotation: if a change of the password races with this refresh, the session of the old password
  // gets no token from the next refresh on at the latest.
  if (Option.isNone(account) || account.value.passwordVersion !== outcome.session.passwordVersion)
    return yield* new SessionRevoked()
  // The same holds for a login that raced with the disabling of its account.
  if (Option.isSome(account.value.disabled)) return yield* new SessionRevoked()
  return yield* issueTokens(outcome.session, account.value.user, at)
})
