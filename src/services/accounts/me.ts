// Use case: who am I.
import { Effect, Option } from "effect"
import { AccountStore } from "./AccountStore.ts"
import { InvalidToken, type Principal } from "./TokenSigner.ts"

export const me = Effect.fn("me")(function* ({ userId }: Principal) {
  const account = yield* AccountStore.use((store) => store.findById(userId))
  if (Option.isNone(account)) return yield* new InvalidToken()
  return account.value.user
})
