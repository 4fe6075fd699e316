// Use case: end a session. A token that is dead already, or never was one, changes nothing and is fine.
import { Effect } from "effect"
import { now } from "../time.ts"
import { SessionStore } from "./SessionStore.ts"
import { TokenSigner } from "./TokenSigner.ts"

export const logout = Effect.fn("logout")(
  function* (refreshToken: string) {
    const { sessionId } = yield* TokenSigner.use((signer) => signer.verifyRefresh(refreshToken))
    const at = yield* now
    yield* SessionStore.use((sessions) => sessions.end(sessionId, at))
  },
  Effect.catchTag(["InvalidToken", "TokenExpired"], () => Effect.void)
)
