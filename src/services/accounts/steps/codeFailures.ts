// Wrong codes of one account: they are counted, and after too many its codes are long, so that guessing in slow
// motion ends without a lock that strangers could close.
import { Effect, Match, Option } from "effect"
import { UserId } from "../../ids.ts"
import { Background } from "../../runtime/Background.ts"
import { type Account, maxShortCodeFailures } from "../model/Account.ts"
import type { CodeForm, Verification } from "../model/Verification.ts"
import { AccountStore } from "../ports/AccountStore.ts"

type Guessed = Pick<Verification, "id" | "purpose">

/**
 * Whose count a code belongs to. Where a reset is of no account, the verification's id stands for one: the work is
 * the same. A registration is of no account yet, also where the address has one: no code fits it then.
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
 * Counts a wrong code, after the answer: a write that changes something takes longer than one that finds no
 * account, and the answer must not tell which it was.
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
