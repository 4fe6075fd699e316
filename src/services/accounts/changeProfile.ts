// Use case: change one's name and language. Both are used from the next mail on.
import { Effect, Option } from "effect"
import type { Principal } from "../Principal.ts"
import { me } from "./me.ts"
import { AccountStore, type ProfileChanges } from "./ports/AccountStore.ts"
import { InvalidToken } from "./ports/TokenSigner.ts"

export const changeProfile = Effect.fn("changeProfile")(function* (
  principal: Principal,
  changes: ProfileChanges
) {
  if (Object.keys(changes).length === 0) return yield* me(principal)
  const user = yield* AccountStore.use((store) => store.changeProfile(principal.userId, changes))
  if (Option.isNone(user)) return yield* new InvalidToken()
  return user.value
})
