// A session that lives though its account is disabled, as one of a login that raced with the disabling does.
import { Option } from "effect"
import { assert, it } from "vitest"
import { AccountStore } from "../../src/services/accounts/ports/AccountStore.ts"
import { UserId } from "../../src/services/ids.ts"
import { embedded } from "./embedded.ts"
import { expectProblem, openWorld } from "./world.ts"

it("gives no tokens as long as the account is disabled", async () => {
  await using system = await embedded()
  const { login, join, post } = await openWorld(system)
  const { id, email, password } = await join("eve")
  const { refreshToken } = await login(email, password)
  const setDisabled = (disabled: boolean) =>
    system.run(
      AccountStore.use((store) =>
        store.setDisabled(
          UserId.make(id),
          disabled ? Option.some({ at: new Date(), reason: "a test" }) : Option.none()
        )
      )
    )
  await setDisabled(true)
  expectProblem(await post("/api/auth/refresh", { refreshToken }), 401, "session_revoked")
  // The session itself is none that has ended.
  await setDisabled(false)
  const { status } = await post("/api/auth/refresh", { refreshToken })
  assert.strictEqual(status, 200)
})
