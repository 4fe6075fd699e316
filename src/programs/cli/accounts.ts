// `admin grant|revoke` and `sessions end` of the command line.
import { Console, Effect } from "effect"
import { grantAdmin, revokeAdmin } from "../../services/accounts/changeRole.ts"
import { endSessionsOf } from "../../services/accounts/endSessionsOf.ts"
import { accessTokenSeconds } from "../../services/accounts/model/Session.ts"

const tokenMinutes = accessTokenSeconds / 60

export const grant = Effect.fnUntraced(function* (email: string) {
  const user = yield* grantAdmin(email)
  yield* Console.log(`${user.email} is an admin, from the next login or refresh on`)
})

export const revoke = Effect.fnUntraced(function* (email: string) {
  const user = yield* revokeAdmin(email)
  yield* Console.log(
    `${user.email} is no admin any more, from the next login or refresh on; a token that is out lasts at most ${tokenMinutes} minutes`
  )
})

export const endSessions = Effect.fnUntraced(function* (email: string) {
  const user = yield* endSessionsOf(email)
  yield* Console.log(
    `all sessions of ${user.email} have ended; a token that is out lasts at most ${tokenMinutes} minutes, and the password is still the same`
  )
})
