// Port: accounts, one per verified email address.
import { Context, Data, type Effect, type Option } from "effect"
import type { UserId, VerificationId } from "../../ids.ts"
import type { Locale } from "../../locale.ts"
import type { Role } from "../../Principal.ts"
import type { Account, Customer, Disabling, PasswordHash, User } from "../model/Account.ts"

/** The store cannot be reached or did not answer in time; the same call may succeed later. */
export class AccountStoreError extends Data.TaggedError("AccountStoreError")<{
  readonly operation: string
  readonly cause: unknown
}> {}

/** A phone, and the verification that proves it. */
export interface PhoneProof {
  readonly verificationId: VerificationId
  readonly phone: string
  /** The account's when the code was asked for. */
  readonly phoneRemovals: number
}

/** The number of an account's newest phone verifications that a store keeps: more than a person makes while a code is valid. */
export const phoneProofsKept = 20

/** A user's changes of their own profile; absent fields stay. */
export interface ProfileChanges {
  /** None: removes the name. */
  readonly name?: Option.Option<string>
  readonly locale?: Locale
}

export interface AccountQuery {
  /** The beginning of the normalized email: with it the accounts are sorted by email, otherwise newest first. */
  readonly prefix: Option.Option<string>
  /** The id of the last account of the previous page. When sorted by email, an unknown id ends the list. */
  readonly after: Option.Option<UserId>
  readonly limit: number
}

/** The result of a call to disable or enable an account. */
export type AccessOutcome =
  | { readonly _tag: "Changed"; readonly customer: Customer }
  /** It was so before. */
  | { readonly _tag: "Unchanged"; readonly customer: Customer }
  /** No admin with a usable account would be left. */
  | { readonly _tag: "LastAdmin" }

/** The result of a call to set a role. */
export type RoleOutcome =
  | {
      readonly _tag: "Changed"
      readonly user: User
      /** The role that the user had, which may be the same. */
      readonly before: Role
    }
  /** No admin with a usable account would be left. */
  | { readonly _tag: "LastAdmin" }

export class AccountStore extends Context.Service<
  AccountStore,
  {
    /**
     * Creates the account unless its email has one; atomic over all processes. `false`: it has, and nothing
     * changes; `findById` tells whether it is this account, by a call of before or at the same time. The id
     * of an account with another email is a defect.
     */
    readonly create: (account: Account) => Effect.Effect<boolean, AccountStoreError>
    /** By normalized email. */
    readonly findByEmail: (
      email: string
    ) => Effect.Effect<Option.Option<Account>, AccountStoreError>
    readonly findById: (id: UserId) => Effect.Effect<Option.Option<Account>, AccountStoreError>
    /** The users among these ids, in any order: one read for a whole batch. */
    readonly findUsers: (
      ids: ReadonlyArray<UserId>
    ) => Effect.Effect<ReadonlyArray<User>, AccountStoreError>
    /** Counts a wrong code, up to `maxShortCodeFailures`; atomic. An unknown id changes nothing. */
    readonly countCodeFailure: (id: UserId) => Effect.Effect<void, AccountStoreError>
    /** Sets the count of wrong codes to zero. */
    readonly clearCodeFailures: (id: UserId) => Effect.Effect<void, AccountStoreError>
    /**
     * Sets a new password where `version` is still the password's, raises it by one and sets the count of wrong
     * codes to zero; atomic: of any number of callers with one version one succeeds. `false`: it was changed since, or no such account.
     */
    readonly setPassword: (
      id: UserId,
      version: number,
      passwordHash: PasswordHash
    ) => Effect.Effect<boolean, AccountStoreError>
    /**
     * Stores the same password under another hash, where `from` is still the stored one; atomic, so that
     * it never undoes a change of the password. The version stays, hence the sessions do. `false`:
     * another hash is stored, or no such account.
     */
    readonly replacePasswordHash: (
      id: UserId,
      from: PasswordHash,
      to: PasswordHash
    ) => Effect.Effect<boolean, AccountStoreError>
    /**
     * Sets the proven phone and the count of wrong codes to zero where `version` is still the password's, no phone was
     * removed since the code was asked for, and this verification has not set it before; atomic, so that a late repeat
     * never undoes what was set since. None: it has, or the password was changed, or a phone removed, or no such account.
     */
    readonly setPhone: (
      id: UserId,
      version: number,
      proof: PhoneProof
    ) => Effect.Effect<Option.Option<User>, AccountStoreError>
    /**
     * Clears the proven phone where `version` is still the password's, and counts that, also where there was
     * none; atomic. Answers with the user as it was before. None: the password was changed since, or no such
     * account.
     */
    readonly removePhone: (
      id: UserId,
      version: number
    ) => Effect.Effect<Option.Option<User>, AccountStoreError>
    /** At least one field; atomic. None: no such account. */
    readonly changeProfile: (
      id: UserId,
      changes: ProfileChanges
    ) => Effect.Effect<Option.Option<User>, AccountStoreError>
    /**
     * By normalized email; atomic over all processes, with `setDisabled` too: however many calls are made at the same
     * time, an admin is left whose account may be used. None: no such account.
     */
    readonly setRole: (
      email: string,
      role: Role
    ) => Effect.Effect<Option.Option<RoleOutcome>, AccountStoreError>
    /** Accounts for operators, in an order that `query` says: at most `limit`. */
    readonly search: (
      query: AccountQuery
    ) => Effect.Effect<ReadonlyArray<Customer>, AccountStoreError>
    /**
     * Disables the account, or enables it if `disabled` is None; atomic over all processes, with `setRole` too:
     * however many calls are made at the same time, an admin is left whose account may be used. None: no such account.
     */
    readonly setDisabled: (
      id: UserId,
      disabled: Option.Option<Disabling>
    ) => Effect.Effect<Option.Option<AccessOutcome>, AccountStoreError>
  }
>()("services/accounts/AccountStore") {}
