// Use case of operators: search users by address, or list them.
import { Effect, Option } from "effect"
import type { UserId } from "../ids.ts"
import { toPage } from "../page.ts"
import { normalizeEmail } from "./model/Account.ts"
import { AccountStore } from "./ports/AccountStore.ts"

/** `email`: an address or its beginning, then by address; without it newest first. */
export const searchUsers = Effect.fn("searchUsers")(function* (query: {
  readonly email: Option.Option<string>
  readonly after: Option.Option<UserId>
  readonly limit: number
}) {
  const { email, after, limit } = query
  const prefix = Option.map(email, normalizeEmail)
  const read = yield* AccountStore.use((store) => store.search({ prefix, after, limit: limit + 1 }))
  return toPage(read, limit, ({ user }) => user.id)
})
