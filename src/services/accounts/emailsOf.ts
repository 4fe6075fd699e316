// Use case of operators: the addresses of the users that a list names.
import { Effect } from "effect"
import type { UserId } from "../ids.ts"
import { AccountStore } from "./ports/AccountStore.ts"

/** By their ids, without those whose account is gone. */
export const emailsOf = Effect.fn("emailsOf")(function* (ids: ReadonlyArray<UserId>) {
  const unique = [...new Set(ids)]
  if (unique.length === 0) return new Map<UserId, string>()
  const users = yield* AccountStore.use((store) => store.findUsers(unique))
  return new Map(users.map(({ id, email }) => [id, email]))
})
