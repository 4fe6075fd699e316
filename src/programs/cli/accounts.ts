// `admin grant|revoke` and `sessions end` of the command line.
import { Effect } from "effect"
import { grantAdmin, revokeAdmin } from "../../services/accounts/changeRole.ts"
import { endSessionsOf } from "../../services/accounts/endSessionsOf.ts"
import { accessTokenSeconds } from "../../services/accounts/model/Session.ts"
import { answer } from "./Manner.ts"

const tokenMinutes = accessTokenSeconds / 60

export const grant = Effect.fnUntraced(function* (email: string) {
  const user = yield* grantAdmin(email)
  yield* answer({
    json: { id: user.id, email: user.email, role: user.role },
    text: [`${user.email} is an admin, from the next login or refresh on`]
  })
})

export const revoke = Effect.fnUntraced(function* (email: string) {
  const user = yield* revokeAdmin(email)
  yield* answer({
    json: { id: user.id, email: user.email, role: user.role },
    text: [
      `${user.email} is no admin any more, from the next login or refresh on; a token that is out lasts at most ${tokenMinutes} minutes`
    ]
  })
})

export const endSessions = Effect.fnUntraced(function* (email: string) {
  const user = yield* endSessionsOf(email)
  yield* answer({
    json: { id: user.id, email: user.email, sessions: "ended" },
    text: [
      `all sessions of ${user.email} have ended; a token that is out lasts at most ${tokenMinutes} minutes, and the password is still the same`
    ]
  })
})
