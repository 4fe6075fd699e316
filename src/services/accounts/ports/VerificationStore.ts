// Port: verifications, until they expire. Every rule is one conditional update, so that any number of processes
// together allow no more than one process.
import { Context, Data, type Effect, type Option } from "effect"
import type { VerificationId } from "../../ids.ts"
import type { CodeDigest, Verification } from "../model/Verification.ts"

/** The store cannot be reached or did not answer in time; the same call may succeed later. */
export class VerificationStoreError extends Data.TaggedError("VerificationStoreError")<{
  readonly operation: string
  readonly cause: unknown
}> {}

export type AttemptOutcome =
  /** Counted; the code may now be compared. `consumedAt` says whether it was used before. */
  | { readonly _tag: "Counted"; readonly verification: Verification }
  /** Unknown or expired. */
  | { readonly _tag: "Gone" }
  | { readonly _tag: "TooManyAttempts" }

export type RenewalOutcome =
  | { readonly _tag: "Renewed"; readonly verification: Verification }
  | { readonly _tag: "TooSoon"; readonly resendAt: Date }
  /** Unknown, expired or used. */
  | { readonly _tag: "Gone" }
  | { readonly _tag: "TooManyAttempts" }

export interface Renewal {
  readonly codeDigest: CodeDigest
  readonly at: Date
  readonly expiresAt: Date
  readonly resendAt: Date
}

export class VerificationStore extends Context.Service<
  VerificationStore,
  {
    readonly create: (verification: Verification) => Effect.Effect<void, VerificationStoreError>
    readonly find: (
      id: VerificationId
    ) => Effect.Effect<Option.Option<Verification>, VerificationStoreError>
    /**
     * Counts an attempt before anything is compared, also where the proof was used; atomic: at most
     * `maxAttempts` are ever counted.
     */
    readonly attempt: (
      id: VerificationId,
      at: Date
    ) => Effect.Effect<AttemptOutcome, VerificationStoreError>
    /** Uses it up; atomic: `true` for exactly one caller, `false` once used or expired. */
    readonly consume: (
      id: VerificationId,
      at: Date
    ) => Effect.Effect<boolean, VerificationStoreError>
    /** Replaces the code if the cooldown is over; attempts stay counted; atomic. */
    readonly renew: (
      id: VerificationId,
      renewal: Renewal
    ) => Effect.Effect<RenewalOutcome, VerificationStoreError>
  }
>()("services/accounts/VerificationStore") {}
