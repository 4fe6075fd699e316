// `admin grant|revoke`, `support grant` and `sessions end` of the command line.
import { Effect } from "effect"
import { grantRole, revokeAdmin } from "../../services/accounts/changeRole.ts"
import { endSessionsOf } from "../../services/accounts/endSessionsOf.ts"
import { accessTokenSeconds } from "../../services/accounts/model/Session.ts"
import type { Role } from "../../services/Principal.ts"
import { answer } from "./Manner.ts"

const tokenMinutes = accessTokenSeconds / 60

const granted = { admin: "is an admin", support: "has the role support" } as const

export const grant = Effect.fnUntraced(function* (email: string, role: Exclude<Role, "user">) {
  const user = yield* grantRole(email, role)
  yield* answer({
    json: { id: user.id, email: user.email, role: user.role },
    text: [`${user.email} ${granted[role]}, from the next login or refresh on`]
  })
})

export const revoke = Effect.fnUntraced(function* (email: string) {
  const user = yield* revokeAdmin(email)
  yield* answer({
    json: { id: user.id, email: user.email, role: user.role },
    text: [
      `${user.email} has no role any more, from the next login or refresh on; a token that is out lasts at most ${tokenMinutes} minutes`
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
