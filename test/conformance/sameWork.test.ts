// An address with an account costs as much work as one without: else the time of the answer would tell them apart. How
// long it takes, tells `npm run timing`; here the hashes are counted, which take most of it.
import { assert, it } from "vitest"
import { PasswordHasher } from "../../src/services/accounts/ports/PasswordHasher.ts"
import { intercept } from "../../src/testing/intercept.ts"
import { embedded } from "./embedded.ts"
import { openWorld, unique } from "./world.ts"

/** A system that lists its computations of hashes. */
const open = async () => {
  const work: Array<"hash" | "verify"> = []
  const system = await embedded({
    override: intercept(PasswordHasher, ({ hash, verify }) => ({
      hash: (password) => {
        work.push("hash")
        return hash(password)
      },
      verify: (stored, password) => {
        work.push("verify")
        return verify(stored, password)
      }
    }))
  })
  const world = await openWorld(system)
  const workOf = async (path: string, body: object, status: number) => {
    const before = work.length
    const answer = await world.post(path, body)
    assert.strictEqual(answer.status, status, answer.text)
    return work.slice(before)
  }
  return { system, world, workOf }
}

it("a login compares one hash, for any address and password", async () => {
  const { system, world, workOf } = await open()
  await using _ = system
  const { ada, admin, bob, post } = world
  const disabled = await post(
    `/api/admin/users/${bob.id}/disable`,
    { reason: "a test" },
    { token: admin.token }
  )
  assert.strictEqual(disabled.status, 200, disabled.text)
  const attempts = [
    [ada.email, "not this password", 401],
    [ada.email, ada.password, 200],
    [bob.email, bob.password, 401],
    [`${unique("nobody")}@example.com`, ada.password, 401]
  ] as const
  for (const [email, password, status] of attempts)
    assert.deepStrictEqual(await workOf("/api/auth/login", { email, password }, status), ["verify"])
})

it("a registration makes one hash, for a free and for a taken address", async () => {
  const { system, world, workOf } = await open()
  await using _ = system
  const { email, password } = world.ada
  for (const address of [email, `${unique("nobody")}@example.com`])
    assert.deepStrictEqual(await workOf("/api/auth/register", { email: address, password }, 202), [
      "hash"
    ])
})
