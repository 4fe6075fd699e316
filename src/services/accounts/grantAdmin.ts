// Use case of operators: make a user an admin. It holds from the user's next login or refresh on.
import { Data, Effect, Option } from "effect"
import { normalizeEmail } from "./Account.ts"
import { AccountStore } from "./AccountStore.ts"

export class AccountNotFound extends Data.TaggedError("AccountNotFound")<{
  readonly email: string
}> {
  override get message(): string {
    return `No account has the address ${this.email}: it must be registered and proven first.`
  }
}

export const grantAdmin = Effect.fn("grantAdmin")(function* (address: string) {
  const email = normalizeEmail(address)
  const user = yield* AccountStore.use((store) => store.setRole(email, "admin"))
  return Option.isSome(user) ? user.value : yield* new AccountNotFound({ email })
})
