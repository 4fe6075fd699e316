// Use case: log in. Unknown, unverified and disabled accounts and wrong passwords have the same answer and need the
// same work.
import { Effect, Option, type Redacted } from "effect"
import type { Actor } from "../audit/AuditEvent.ts"
import { audit, audited } from "../audit/audit.ts"
import { maskAddress } from "../audit/mask.ts"
import { SessionId } from "../ids.ts"
import { IdGenerator } from "../runtime/IdGenerator.ts"
import { now } from "../time.ts"
import { type Account, normalizeEmail } from "./model/Account.ts"
import { InvalidCredentials } from "./model/errors.ts"
import { newSession, TokenId } from "./model/Session.ts"
import { AccountStore } from "./ports/AccountStore.ts"
import { PasswordHasher } from "./ports/PasswordHasher.ts"
import { SessionStore } from "./ports/SessionStore.ts"
import { auditRefusals } from "./steps/auditRefusals.ts"
import { issueDeviceToken, knownDevice } from "./steps/deviceTokens.ts"
import { issueTokens } from "./steps/issueTokens.ts"
import { limitLogins } from "./steps/limitLogins.ts"
import { verifyPassword } from "./steps/passwordHashes.ts"
import { renewHash } from "./steps/renewHash.ts"

export const login = Effect.fn("login")(function* (input: {
  readonly email: string
  readonly password: Redacted.Redacted
  /** The client's address, for limits. */
  readonly client: string
  /** The device token that an earlier login or reset on this device returned. */
  readonly deviceToken: Option.Option<string>
}) {
  const email = normalizeEmail(input.email)
  // Once, though both the device and the password are compared with it.
  const lookUp = yield* Effect.cached(AccountStore.use((store) => store.findByEmail(email)))
  const device = yield* knownDevice(lookUp, input.deviceToken)
  const who = { account: email, client: input.client, device }
  const { account, verdict } = yield* limitLogins(who, authenticate(lookUp, input.password)).pipe(
    Effect.tapError((error) =>
      error instanceof InvalidCredentials ? auditFailure(email, lookUp) : Effect.void
    ),
    auditRefusals(email, { address: maskAddress(email) })
  )
  if (verdict === "outdated") yield* renewHash(account, input.password)
  const { user, passwordVersion } = account
  if (account.codeFailures > 0) yield* AccountStore.use((store) => store.clearCodeFailures(user.id))
  const ids = yield* IdGenerator
  const at = yield* now
  const { id: userId, role } = user
  const session = newSession(
    {
      id: SessionId.make(yield* ids.next),
      userId,
      passwordVersion,
      jti: TokenId.make(yield* ids.unguessable)
    },
    at
  )
  const actor: Actor = { type: "user", userId, sessionId: session.id, role: Option.some(role) }
  const stored = audited(
    SessionStore.use((sessions) => sessions.create(session)),
    () =>
      Option.some({ kind: "login_succeeded", actor, subject: { userId, sessionId: session.id } })
  )
  yield* audited(stored, (ended) =>
    ended === 0
      ? Option.none()
      : Option.some({
          kind: "session_ended",
          actor,
          subject: { userId },
          details: { matched: ended }
        })
  )
  return {
    ...(yield* issueTokens(session, user, at)),
    sessionId: session.id,
    deviceToken: yield* issueDeviceToken({ userId, passwordVersion }, at)
  }
})

/** Changes and records nothing: limits may still refuse the login. */
const authenticate = Effect.fnUntraced(function* <E, R>(
  lookUp: Effect.Effect<Option.Option<Account>, E, R>,
  password: Redacted.Redacted
) {
  const hasher = yield* PasswordHasher
  const account = yield* lookUp
  const hash = Option.match(account, {
    onNone: () => hasher.decoy,
    onSome: ({ passwordHash }) => passwordHash
  })
  const verdict = yield* verifyPassword(hash, password)
  const isRefused = Option.isNone(account) || Option.isSome(account.value.disabled)
  if (verdict === "wrong" || isRefused) return yield* new InvalidCredentials()
  return { account: account.value, verdict }
})

const auditFailure = Effect.fnUntraced(function* <E, R>(
  email: string,
  lookUp: Effect.Effect<Option.Option<Account>, E, R>
) {
  const account = yield* lookUp
  yield* audit({
    kind: "login_failed",
    subject: {
      address: maskAddress(email),
      ...(Option.isSome(account) ? { userId: account.value.user.id } : {})
    }
  })
})
