// A user's sessions, from outside.
import { assert, describe, it } from "vitest"
import { expectProblem, type Person, password, type World } from "./world.ts"

const unknownId = "0".repeat(32)

export const sessions = (use: () => World): void => {
  const list = async (token: string) => {
    const answer = await use().get("/api/auth/sessions", { token })
    assert.strictEqual(answer.status, 200, answer.text)
    return answer.json.items as ReadonlyArray<{
      readonly id: string
      readonly createdAt: string
      readonly lastUsedAt: string
      readonly expiresAt: string
      readonly current: boolean
    }>
  }
  const currentId = async ({ token }: Person) =>
    (await list(token)).find(({ current }) => current)?.id
  const refresh = ({ refreshToken }: Person) => use().post("/api/auth/refresh", { refreshToken })
  const end = (path: string, { token }: Person) =>
    use().call("DELETE", `/api/auth/sessions${path}`, { token })

  describe("GET /api/auth/sessions", () => {
    it("lists each live session, newest first, and marks the current one", async () => {
      const { join, login, post } = use()
      const first = await join("lists")
      const second = await login(first.email, password)
      const gone = await login(first.email, password)
      await post("/api/auth/logout", { refreshToken: gone.refreshToken })
      const seenByFirst = await list(first.token)
      const seenBySecond = await list(second.token)
      assert.deepStrictEqual(
        seenByFirst.map(({ current }) => current),
        [false, true]
      )
      assert.deepStrictEqual(
        seenBySecond.map(({ current }) => current),
        [true, false]
      )
      const ids = seenByFirst.map(({ id }) => id)
      assert.deepStrictEqual(
        seenBySecond.map(({ id }) => id),
        ids
      )
      assert.strictEqual(new Set(ids).size, 2)
      for (const { createdAt, expiresAt } of seenByFirst) {
        const days = (Date.parse(expiresAt) - Date.parse(createdAt)) / 86_400_000
        assert.approximately(days, 14, 0.001)
      }
    })

    it("says when each was last used", async () => {
      const { join } = use()
      const person = await join("uses")
      const [before] = await list(person.token)
      assert.strictEqual(before?.lastUsedAt, before?.createdAt)
      while (Date.now() <= Date.parse(before?.createdAt ?? ""));
      assert.strictEqual((await refresh(person)).status, 200)
      const [after] = await list(person.token)
      assert.strictEqual(after?.createdAt, before?.createdAt)
      assert.isAbove(Date.parse(after?.lastUsedAt ?? ""), Date.parse(before?.lastUsedAt ?? ""))
    })

    it("shows no other user's sessions, and no token", async () => {
      const { join, get } = use()
      const [one, other] = await Promise.all([join("one"), join("other")])
      const answer = await get("/api/auth/sessions", { token: one.token })
      assert.strictEqual(answer.json.items.length, 1)
      assert.deepStrictEqual(Object.keys(answer.json.items[0]).toSorted(), [
        "createdAt",
        "current",
        "expiresAt",
        "id",
        "lastUsedAt"
      ])
      assert.notInclude(answer.text, (await currentId(other)) ?? "")
    })
  })

  describe("DELETE /api/auth/sessions/:id", () => {
    it("ends that session, immediately and permanently", async () => {
      const { join, login } = use()
      const here = await join("ends-one")
      const there = await login(here.email, password)
      const id = await currentId(there)
      assert.strictEqual((await end(`/${id}`, here)).status, 204)
      expectProblem(await refresh(there), 401, "session_revoked")
      assert.strictEqual((await refresh(here)).status, 200)
      expectProblem(await end(`/${id}`, here), 404, "not_found")
      assert.strictEqual((await list(here.token)).length, 1)
    })

    it("answers 404 for an unknown session and another user's, which stays alive", async () => {
      const { join } = use()
      const [one, other] = await Promise.all([join("one"), join("other")])
      expectProblem(await end(`/${unknownId}`, one), 404, "not_found")
      expectProblem(await end(`/${await currentId(other)}`, one), 404, "not_found")
      assert.strictEqual((await refresh(other)).status, 200)
    })

    it("refuses a malformed id", async () => {
      const { ada } = use()
      expectProblem(await end("/%24ne", ada), 400, "invalid_request")
    })
  })

  describe("DELETE /api/auth/sessions", () => {
    it("ends all sessions of the user, with the caller's, and no other user's", async () => {
      const { join, login, get } = use()
      const here = await join("ends-all")
      const [there, other] = [await login(here.email, password), await join("other")]
      assert.strictEqual((await end("", here)).status, 204)
      for (const ended of [here, there]) expectProblem(await refresh(ended), 401, "session_revoked")
      assert.strictEqual((await refresh(other)).status, 200)
      // An access token lives out its 15 minutes.
      assert.strictEqual((await get("/api/auth/me", { token: here.token })).status, 200)
      assert.deepStrictEqual(await list(here.token), [])
      assert.strictEqual((await end("", here)).status, 204)
      await login(here.email, password)
    })
  })
}
