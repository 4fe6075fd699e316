// Use case: end a session. A token that is dead already, or never was one, changes nothing and is fine.
import { Effect, Option } from "effect"
import { audited } from "../audit/audit.ts"
import { now } from "../time.ts"
import { SessionStore } from "./ports/SessionStore.ts"
import { TokenSigner } from "./ports/TokenSigner.ts"

export const logout = Effect.fn("logout")(
  function* (refreshToken: string) {
    const { userId, sessionId } = yield* TokenSigner.use((signer) =>
      signer.verifyRefresh(refreshToken)
    )
    const at = yield* now
    yield* audited(
      SessionStore.use((sessions) => sessions.end(sessionId, at)),
      () =>
        Option.some({
          kind: "logged_out",
          actor: { type: "user", userId, sessionId, role: Option.none() },
          subject: { userId, sessionId }
        })
    )
  },
  Effect.catchTag(["InvalidToken", "TokenExpired"], () => Effect.void)
)
