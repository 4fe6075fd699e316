// Port: sessions. Rotation is one conditional update on the stored `jti`: of any number of refreshes with one token,
// over all processes, one rotates, and one is the late repeat. Methods that end several sessions are atomic for each of
// them, not for all: repeat a call that failed halfway.
import { Context, Data, type Effect, type Option } from "effect"
import type { SessionId, UserId } from "../../ids.ts"
import type { Presentation, Session, TokenId, TokenVerdict } from "../model/Session.ts"

/** The store cannot be reached or did not answer in time; the same call may succeed later. */
export class SessionStoreError extends Data.TaggedError("SessionStoreError")<{
  readonly operation: string
  readonly cause: unknown
}> {}

export interface Rotation extends Presentation {
  readonly sessionId: SessionId
}

export type RotationOutcome =
  /** By `judgeToken`; the session is the state after the refresh. */
  | { readonly _tag: TokenVerdict; readonly session: Session }
  /** Ended, expired or unknown. */
  | { readonly _tag: "Ended" }

/** A request to end a session by a refresh token. */
export interface Ending {
  readonly sessionId: SessionId
  /** The `jti` of the token that was presented. */
  readonly presented: TokenId
  readonly at: Date
}

/** What a call of `end` has changed. */
export type EndOutcome =
  /** The session has ended, by a token that a refresh would have accepted. */
  | "LoggedOut"
  /** The session has ended, by any other of its tokens, which a refresh would have treated as a reuse. */
  | "Reused"
  /** Nothing: the session had ended or expired before, or is unknown. */
  | "Over"

export class SessionStore extends Context.Service<
  SessionStore,
  {
    /**
     * Stores the session; then, of its user's that live, ends those used longest ago beyond `maxSessions`,
     * and says how many. The last caller sees all that were stored before, so however many calls run
     * concurrently, at most `maxSessions` are left. Not one step: a process killed between the two leaves one more,
     * until the next login.
     */
    readonly create: (session: Session) => Effect.Effect<number, SessionStoreError>
    readonly rotate: (rotation: Rotation) => Effect.Effect<RotationOutcome, SessionStoreError>
    /** The session of the user. None: the user has no such session, or it has ended at `at`. */
    readonly findOwn: (
      userId: UserId,
      sessionId: SessionId,
      at: Date
    ) => Effect.Effect<Option.Option<Session>, SessionStoreError>
    /** Ends the session, by any of its tokens; atomic: of any number of callers one ends it. */
    readonly end: (ending: Ending) => Effect.Effect<EndOutcome, SessionStoreError>
    /** The user's sessions that are live at `at`, newest first, at most `limit`. */
    readonly list: (
      userId: UserId,
      at: Date,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Session>, SessionStoreError>
    /** Ends one session of the user; atomic. `false`: the user has no such session, or it has ended. */
    readonly endOwn: (
      userId: UserId,
      sessionId: SessionId,
      at: Date
    ) => Effect.Effect<boolean, SessionStoreError>
    /** Ends every session of the user that is live at `at`, and returns their number. */
    readonly endAll: (userId: UserId, at: Date) => Effect.Effect<number, SessionStoreError>
    /** Ends every session of the user that began under a password before `passwordVersion`. */
    readonly endOutdated: (
      userId: UserId,
      passwordVersion: number,
      at: Date
    ) => Effect.Effect<void, SessionStoreError>
    /** Keeps a session alive under a new password; an unknown or ended one stays so. */
    readonly keep: (
      sessionId: SessionId,
      passwordVersion: number
    ) => Effect.Effect<void, SessionStoreError>
  }
>()("services/accounts/SessionStore") {}
