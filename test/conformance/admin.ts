// What administrators do, from outside.
import { assert, describe, it } from "vitest"
import { expectProblem, type World } from "./world.ts"

const unknownId = "0".repeat(32)

/** `settles`: the target can settle an order. */
export const admin = (use: () => World, settles: boolean): void => {
  const place = async (stock = 5) => {
    const { ada, product, order } = use()
    const sku = await product(stock)
    const { status, json, text } = await order(ada, [{ sku, quantity: 2 }])
    assert.strictEqual(status, 201, text)
    return { sku, id: json.id as string, path: `/api/admin/orders/${json.id}` }
  }
  const asAdmin = (path: string, json?: unknown) => {
    const { admin, post } = use()
    return post(path, json, { token: admin.token })
  }
  const read = async (id: string) => {
    const { ada, get } = use()
    return (await get(`/api/orders/${id}`, { token: ada.token })).json
  }

  describe("failing an order", () => {
    it("marks it as failed once, with a reason, and returns the stock", async () => {
      const { available } = use()
      const { sku, id, path } = await place()
      const reason = "the supplier went out of business"
      const answers = await Promise.all([1, 2, 3].map(() => asAdmin(`${path}/fail`, { reason })))
      const won = answers.filter(({ status }) => status === 200)
      assert.strictEqual(won.length, 1)
      for (const answer of answers)
        if (answer.status !== 200) expectProblem(answer, 409, "not_allowed")
      const [failed] = won
      assert.strictEqual(failed?.json.status, "failed")
      assert.deepInclude(failed?.json.timeline.at(-1), { status: "failed", reason })
      assert.strictEqual(failed?.json.confirmation.state, "not_due")
      assert.deepStrictEqual(failed?.json.notice, { state: "waiting" })
      assert.deepStrictEqual(await read(id), failed?.json)
      assert.strictEqual(await available(sku), 5)
    })

    it.each([
      ["no reason", {}],
      ["an empty reason", { reason: "" }],
      ["a reason that is too long", { reason: "x".repeat(201) }],
      ["a reason of two lines", { reason: "a\nb" }],
      ["an unknown field", { reason: "a", status: "failed" }]
    ])("refuses %s", async (_, json) => {
      const { id, path } = await place()
      expectProblem(await asAdmin(`${path}/fail`, json), 400, "invalid_request")
      assert.notStrictEqual((await read(id)).status, "failed")
    })
  })

  describe("an order that has failed", () => {
    it("can't be fulfilled, and its mail can't be resent", async () => {
      const { id, path } = await place()
      await asAdmin(`${path}/fail`, { reason: "a test" })
      const before = await read(id)
      for (const command of ["fulfil", "resend-confirmation"]) {
        const refused = await asAdmin(`${path}/${command}`)
        expectProblem(refused, 409, "not_allowed")
        assert.match(refused.json.detail, /failed.*not_due/u)
      }
      assert.deepStrictEqual(await read(id), before)
    })
  })

  if (settles)
    describe("an order that is confirmed and mailed", () => {
      it("is fulfilled, once", async () => {
        const { id, path } = await place()
        await use().target.settle?.(id)
        const fulfilled = await asAdmin(`${path}/fulfil`)
        assert.deepStrictEqual([fulfilled.status, fulfilled.json.status], [200, "fulfilled"])
        assert.deepStrictEqual(await read(id), fulfilled.json)
        expectProblem(await asAdmin(`${path}/fulfil`), 409, "not_allowed")
        expectProblem(await asAdmin(`${path}/fail`, { reason: "late" }), 409, "not_allowed")
      })

      it("can have its mail resent, which readers see immediately", async () => {
        const { id, path } = await place()
        await use().target.settle?.(id)
        const { version } = await read(id)
        const asked = await asAdmin(`${path}/resend-confirmation`)
        assert.strictEqual(asked.status, 200, asked.text)
        assert.deepStrictEqual(
          [asked.json.status, asked.json.confirmation.state, asked.json.version],
          ["confirmed", "waiting", version + 1]
        )
        assert.isAtLeast((await read(id)).version, asked.json.version)
      })
    })

  it.each(["fulfil", "fail", "resend-confirmation"])(
    "answers 404 to %s an unknown order",
    async (command) => {
      const body = command === "fail" ? { reason: "a test" } : undefined
      const path = `/api/admin/orders/${unknownId}/${command}`
      expectProblem(await asAdmin(path, body), 404, "not_found")
      expectProblem(await asAdmin(`/api/admin/orders/1/${command}`, body), 400, "invalid_request")
    }
  )

  describe("dead letters", () => {
    it("are listed", async () => {
      const { admin, get } = use()
      const answer = await get("/api/admin/dead-letters?limit=5", { token: admin.token })
      assert.strictEqual(answer.status, 200, answer.text)
      assert.isArray(answer.json.items)
    })

    it.each(["limit=0", "limit=101", "limit=a", "ids=1"])("refuses ?%s", async (query) => {
      const { admin, get } = use()
      const answer = await get(`/api/admin/dead-letters?${query}`, { token: admin.token })
      expectProblem(answer, 400, "invalid_request")
    })

    it.each(["redrive", "drop"])("report unknown ids to %s", async (verb) => {
      const answer = await asAdmin(`/api/admin/dead-letters/${verb}`, { ids: ["nowhere"] })
      assert.strictEqual(answer.status, 200, answer.text)
      assert.deepInclude(answer.json, { matched: 0, notFound: ["nowhere"] })
    })

    it.each([
      ["no ids, which would look like all", { ids: [] }],
      ["an empty id", { ids: [""] }],
      ["too many ids", { ids: Array.from({ length: 101 }, (_, i) => `id ${i}`) }],
      ["an id that is no text", { ids: [1] }],
      ["null for ids", { ids: null }],
      ["an unknown field", { id: "nowhere" }]
    ])("are neither redriven nor dropped by %s", async (_, json) => {
      for (const verb of ["redrive", "drop"])
        expectProblem(
          await asAdmin(`/api/admin/dead-letters/${verb}`, json),
          400,
          "invalid_request"
        )
    })
  })
}
