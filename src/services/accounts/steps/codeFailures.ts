// Counts the wrong codes of an account. After too many of them the account's codes are long: that stops slow guessing,
// without a lock that strangers could cause.
import { Effect, Match, Option } from "effect"
import { UserId } from "../../ids.ts"
import { Background } from "../../runtime/Background.ts"
import { type Account, maxShortCodeFailures } from "../model/Account.ts"
import type { CodeForm, Verification } from "../model/Verification.ts"
import { AccountStore } from "../ports/AccountStore.ts"

type Guessed = Pick<Verification, "id" | "purpose">

/**
 * The account that a verification's wrong codes count for. A reset without an account uses the verification's id in
 * its place, so that the work is the same. A registration has no account yet, and no code fits one of a taken address.
 */
const ownerOf = ({ id, purpose }: Guessed): Option.Option<UserId> =>
  Match.valueTags(purpose, {
    Register: () => Option.none(),
    Taken: () => Option.none(),
    Phone: ({ userId }) => Option.some(userId),
    Reset: ({ account }) =>
      Option.some(
        Option.match(account, { onNone: () => UserId.make(id), onSome: ({ userId }) => userId })
      )
  })

/**
 * Counts a wrong code after the answer. A write that changes an account takes longer than one that finds none, so the
 * time of the answer would tell which addresses have an account.
 */
export const countCodeFailure = Effect.fnUntraced(function* (verification: Guessed) {
  const owner = ownerOf(verification)
  if (Option.isNone(owner)) return
  const { run } = yield* Background
  yield* run(
    AccountStore.use((store) => store.countCodeFailure(owner.value)).pipe(
      Effect.catch(() =>
        Effect.logWarning("a wrong code was not counted", { verificationId: verification.id })
      )
    )
  )
})

/** The form of codes for an account, or for an address without one. */
export const codeFormFor = (account: Option.Option<Account>): CodeForm =>
  Option.exists(account, ({ codeFailures }) => codeFailures >= maxShortCodeFailures)
    ? "long"
    : "short"

/** The form of the next code of a verification. */
export const nextCodeForm = Effect.fnUntraced(function* (verification: Verification) {
  const owner = ownerOf(verification)
  const account = Option.isNone(owner)
    ? Option.none<Account>()
    : yield* AccountStore.use((store) => store.findById(owner.value))
  return codeFormFor(account)
})
