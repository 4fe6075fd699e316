// Port: sessions. Rotation is one conditional update on the stored `jti`: of any number of refreshes
// with one token, over all processes, one rotates.
import { Context, Data, type Effect } from "effect"
import type { RefreshGrant, Session } from "./Session.ts"

/** The store cannot be reached or did not answer in time; the same call may succeed later. */
export class SessionStoreError extends Data.TaggedError("SessionStoreError")<{
  readonly operation: string
  readonly cause: unknown
}> {}

export interface Rotation {
  readonly sessionId: string
  /** The `jti` of the token that was presented. */
  readonly presented: string
  readonly next: RefreshGrant
  readonly at: Date
}

export type RotationOutcome =
  | { readonly _tag: "Rotated"; readonly session: Session }
  /** The presented token was the one before the current, less than `graceSeconds` ago. */
  | { readonly _tag: "Repeated"; readonly session: Session }
  /** Any other token of the session: it was stolen or its owner's was; the session has been ended. */
  | { readonly _tag: "Reused"; readonly session: Session }
  /** Ended, expired or unknown. */
  | { readonly _tag: "Ended" }

export class SessionStore extends Context.Service<
  SessionStore,
  {
    readonly create: (session: Session) => Effect.Effect<void, SessionStoreError>
    readonly rotate: (rotation: Rotation) => Effect.Effect<RotationOutcome, SessionStoreError>
    /** Ends the session; also fine for one that is unknown or has ended. */
    readonly end: (sessionId: string, at: Date) => Effect.Effect<void, SessionStoreError>
  }
>()("services/accounts/SessionStore") {}
