// Use case: who am I.
import { Effect, Option } from "effect"
import type { Principal } from "../Principal.ts"
import { AccountStore } from "./ports/AccountStore.ts"
import { InvalidToken } from "./ports/TokenSigner.ts"

export const me = Effect.fn("me")(function* ({ userId }: Principal) {
  const account = yield* AccountStore.use((store) => store.findById(userId))
  if (Option.isNone(account)) return yield* new InvalidToken()
  return account.value.user
})
