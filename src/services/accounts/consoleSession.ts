// Use cases: log in to the operators' console, use it, and log out. A session at the console is one of the account's
// sessions: when it is ended, or the role is revoked, the next page is refused. Its token is of a separate kind, which
// no endpoint of the API accepts.
import { Effect, Option, type Redacted } from "effect"
import { audited } from "../audit/audit.ts"
import { auditDenied } from "../audit/auditDenied.ts"
import { isStaff, type Principal } from "../Principal.ts"
import { IdGenerator } from "../runtime/IdGenerator.ts"
import { addSeconds, now } from "../time.ts"
import { login } from "./login.ts"
import { NotStaff, SessionRevoked } from "./model/errors.ts"
import { consoleAbsoluteSeconds } from "./model/Session.ts"
import { endSession } from "./ownSessions.ts"
import { AccountStore } from "./ports/AccountStore.ts"
import { SessionStore } from "./ports/SessionStore.ts"
import { TokenSigner } from "./ports/TokenSigner.ts"

/** A member of staff who is logged in at the console. */
export interface ConsoleSession {
  readonly principal: Principal
  readonly email: string
  readonly formKey: string
}

/** A token younger than this is not renewed, which saves a signature for most pages. */
const renewAfterSeconds = 60

/** As `login`, only for staff: the session of others is ended immediately. */
export const logInToConsole = Effect.fn("logInToConsole")(function* (input: {
  readonly email: string
  readonly password: Redacted.Redacted
  readonly client: string
  readonly deviceToken: Option.Option<string>
}) {
  const { user, sessionId, deviceToken } = yield* login(input)
  const { id: userId, role } = user
  const principal: Principal = { userId, sessionId, role }
  if (!isStaff(role)) {
    // Another process may have ended it already.
    yield* Effect.catchTag(endSession(principal, sessionId), "SessionNotFound", () => Effect.void)
    yield* auditDenied(principal, { operation: "console", userId })
    return yield* new NotStaff()
  }
  const formKey = yield* IdGenerator.use((ids) => ids.unguessable)
  const at = yield* now
  const signer = yield* TokenSigner
  return { token: yield* signer.signConsole({ userId, sessionId, formKey }, at), deviceToken }
})

/**
 * The session that a token stands for, as account and session are now. Fails with `SessionRevoked` where it is over:
 * for its time, because it was ended, or because the account's password, access or role has changed.
 * `renewed`: the token to go on with.
 */
export const readConsoleSession = Effect.fn("readConsoleSession")(function* (token: string) {
  const signer = yield* TokenSigner
  const { userId, sessionId, formKey, issuedAt } = yield* Effect.catchTag(
    signer.verifyConsole(token),
    ["InvalidToken", "TokenExpired"],
    () => new SessionRevoked()
  )
  const at = yield* now
  const found = yield* Effect.all(
    {
      session: SessionStore.use((store) => store.findOwn(userId, sessionId, at)),
      account: AccountStore.use((store) => store.findById(userId))
    },
    { concurrency: "unbounded" }
  )
  const { session, account } = Option.getOrUndefined(Option.all(found)) ?? {}
  if (session === undefined || account === undefined) return yield* new SessionRevoked()
  const { user, passwordVersion, disabled } = account
  const lives =
    addSeconds(session.createdAt, consoleAbsoluteSeconds) > at &&
    session.passwordVersion === passwordVersion &&
    Option.isNone(disabled) &&
    isStaff(user.role)
  if (!lives) return yield* new SessionRevoked()
  const current: ConsoleSession = {
    principal: { userId, sessionId, role: user.role },
    email: user.email,
    formKey
  }
  const renewed =
    addSeconds(issuedAt, renewAfterSeconds) > at
      ? Option.none<string>()
      : Option.some(yield* signer.signConsole({ userId, sessionId, formKey }, at))
  return { current, renewed }
})

/**
 * Whether the session that a token stands for would be given a page. For what goes on longer than a request: the token
 * is not renewed, so its idle time passes.
 */
export const isConsoleSessionOpen = (token: string) =>
  readConsoleSession(token).pipe(
    Effect.as(true),
    Effect.catchTag("SessionRevoked", () => Effect.succeed(false))
  )

/** One that has ended already is fine. */
export const logOutOfConsole = Effect.fn("logOutOfConsole")(function* (principal: Principal) {
  const { userId, sessionId } = principal
  const at = yield* now
  yield* audited(
    SessionStore.use((store) => store.endOwn(userId, sessionId, at)),
    (ended) =>
      ended ? Option.some({ kind: "logged_out", subject: { userId, sessionId } }) : Option.none()
  )
})
