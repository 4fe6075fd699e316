// The catalogue and its stock, from outside.
import { assert, describe, it } from "vitest"
import { expectProblem, unique, type World } from "./world.ts"

export const products = (use: () => World): void => {
  const fields = { name: "Thing", unitPrice: 1250, currency: "EUR" }

  const find = async (q: string): Promise<ReadonlyArray<string>> =>
    (await use().get(`/api/products?q=${encodeURIComponent(q)}`)).json.items.map(
      (item: { sku: string }) => item.sku
    )

  describe("catalogue", () => {
    it("puts a product on sale, changes it, removes it, and restores it with its stock", async () => {
      const { admin, call, get, post } = use()
      const { token } = admin
      const path = `/api/products/${unique("sku")}`
      expectProblem(await get(path), 404, "not_found")
      const created = await call("PUT", path, { token, json: fields })
      assert.deepStrictEqual([created.status, created.headers.get("location")], [201, path])
      assert.strictEqual(created.json.available, 0)
      await post(`${path}/stock`, { delta: 7, reason: "delivery" }, { token })
      const changed = await call("PUT", path, { token, json: { ...fields, unitPrice: 1300 } })
      assert.deepStrictEqual(
        [changed.status, changed.json.unitPrice, changed.json.available],
        [200, 1300, 7]
      )
      assert.deepStrictEqual((await get(path)).json, changed.json)
      assert.strictEqual((await call("DELETE", path, { token })).status, 204)
      expectProblem(await get(path), 404, "not_found")
      expectProblem(await call("DELETE", path, { token }), 404, "not_found")
      const back = await call("PUT", path, { token, json: fields })
      assert.strictEqual(back.json.available, 7)
    })

    it("keeps absent fields, clears null fields, and refuses invalid ones", async () => {
      const { admin, call, get } = use()
      const { token } = admin
      const sku = unique("sku")
      const path = `/api/products/${sku}`
      const texts = {
        description: "Of steel.\nHolds 0.9 l.",
        picture: "https://pictures.example.com/kettle.jpg?size=2",
        category: unique("Kettles")
      }
      expectProblem(await call("PATCH", path, { token, json: texts }), 404, "not_found")
      const created = await call("PUT", path, { token, json: { ...fields, ...texts } })
      const whole = { sku, ...fields, ...texts, active: true, available: 0 }
      assert.deepStrictEqual(created.json, whole)
      const put = await call("PUT", path, { token, json: { ...fields, unitPrice: 1 } })
      assert.deepStrictEqual(put.json, { ...whole, unitPrice: 1 })
      const change = { name: "Kettle", unitPrice: 2, picture: null }
      const changed = await call("PATCH", path, { token, json: change })
      assert.deepStrictEqual([changed.status, changed.json], [200, { ...whole, ...change }])
      assert.deepStrictEqual((await get(path)).json, changed.json)
      const listed = await get(`/api/products?category=${texts.category}`)
      assert.deepStrictEqual(listed.json.items, [changed.json])
      const refused = await call("PATCH", path, { token, json: { name: null } })
      expectProblem(refused, 400, "invalid_request")
    })

    it("shows an inactive one to staff only, and accepts no order for it", async () => {
      const { admin, ada, call, get, order, product, post } = use()
      const { token } = admin
      const category = unique("Mugs")
      const sku = await product(5, { category })
      const earlier = (await order(ada, [{ sku, quantity: 1 }])).json
      const path = `/api/products/${sku}`
      const hidden = await call("PATCH", path, { token, json: { active: false } })
      assert.deepStrictEqual([hidden.json.active, hidden.json.available], [false, 4])
      expectProblem(await get(path), 404, "not_found")
      assert.deepStrictEqual((await get(`/api/products?category=${category}`)).json.items, [])
      const refused = await order(ada, [{ sku, quantity: 1 }])
      expectProblem(refused, 422, "unknown_sku")
      assert.deepStrictEqual(refused.json.skus, [sku])
      const read = await get(`/api/orders/${earlier.id}`, { token: ada.token })
      assert.deepStrictEqual(read.json.items, earlier.items)
      const one = await get(`/api/admin/products/${sku}`, { token })
      assert.deepStrictEqual([one.status, one.json], [200, hidden.json])
      for (const [active, found] of [
        ["&active=false", [sku]],
        ["&active=true", []],
        ["", [sku]]
      ] as const) {
        const query = `/api/admin/products?category=${category}${active}`
        const { json } = await get(query, { token })
        assert.deepStrictEqual(
          json.items.map((item: { sku: string }) => item.sku),
          found
        )
      }
      const stocked = await post(`${path}/stock`, { delta: 1, reason: "delivery" }, { token })
      assert.deepStrictEqual(stocked.json, { sku, available: 5 })
      await call("PATCH", path, { token, json: { active: true } })
      assert.strictEqual((await order(ada, [{ sku, quantity: 1 }])).status, 201)
      const missing = await get(`/api/admin/products/${unique("sku")}`, { token })
      expectProblem(missing, 404, "not_found")
    })

    it.each(["HUF", "IQD", "JPY", "CLF", "XCG"])("sells in %s", async (currency) => {
      const { admin, call } = use()
      const path = `/api/products/${unique("sku")}`
      const answer = await call("PUT", path, { token: admin.token, json: { ...fields, currency } })
      assert.deepStrictEqual([answer.status, answer.json.currency], [201, currency])
    })

    it("lists in pages by SKU, each product once", async () => {
      const { product, get } = use()
      const name = unique("Paged")
      const skus = await Promise.all(Array.from({ length: 5 }, () => product(0, { name })))
      const listed: Array<string> = []
      const sizes: Array<number> = []
      let cursor: string | null = ""
      while (cursor !== null) {
        const more: string = cursor === "" ? "" : `&cursor=${cursor}`
        const { json }: { json: { items: Array<{ sku: string }>; nextCursor: string | null } } =
          await get(`/api/products?limit=2&q=${name}${more}`)
        listed.push(...json.items.map(({ sku }) => sku))
        sizes.push(json.items.length)
        cursor = json.nextCursor
      }
      assert.deepStrictEqual(listed, skus.toSorted())
      assert.deepStrictEqual(sizes, [2, 2, 1])
    })

    it("searches SKU and name for words, not for a pattern, ignoring case", async () => {
      const { product } = use()
      const name = `${unique("Odd")} (50% [.*] \\d)`
      const sku = await product(0, { name })
      assert.deepStrictEqual(await find(name.toUpperCase()), [sku])
      assert.deepStrictEqual(await find(sku.toUpperCase()), [sku])
      assert.deepStrictEqual(await find(".*"), [])
      assert.deepStrictEqual(await find(`${name}x`), [])
    })

    it.each([
      ["cafeteria", "Cafétéria"],
      ["istanbul", "İstanbul"],
      ["ISTANBUL", "ıstanbul"],
      ["strasse", "Straße"]
    ])("finds by %s what is called %s, by the beginnings of its words", async (q, word) => {
      const { product } = use()
      const mark = unique("m")
      const sku = await product(0, { name: `${mark} (${word})` })
      for (const text of [`${q} ${mark}`, `${mark} ${q.slice(0, 3)}`, `${mark},${word}`])
        assert.deepStrictEqual(await find(text), [sku], text)
      for (const text of [`${mark} ${q.slice(1)}`, `${mark} ${q}x`])
        assert.deepStrictEqual(await find(text), [], text)
    })

    it.each(["q=", "cursor=", "limit=", "q=&cursor=&limit="])(
      "treats an empty parameter as absent: ?%s",
      async (query) => {
        const { get } = use()
        const { status, json } = await get(`/api/products?${query}`)
        assert.strictEqual(status, 200)
        assert.deepStrictEqual(json, (await get("/api/products")).json)
      }
    )

    it.each([
      "limit=0",
      "limit=101",
      "limit=-1",
      "limit=2.5",
      "limit=two",
      "limit=1&limit=2",
      `q=${"x".repeat(101)}`,
      "cursor=!",
      "cursor=ICAg",
      `cursor=${"A".repeat(200)}`,
      "page=2"
    ])("refuses ?%s", async (query) => {
      expectProblem(await use().get(`/api/products?${query}`), 400, "invalid_request")
    })

    it.each(["-x", "a%20b", "a%2Fb", "%00", "x".repeat(65), "%F0%9F%8D%B5"])(
      "refuses the SKU %s",
      async (sku) => {
        const { admin, get, call } = use()
        expectProblem(await get(`/api/products/${sku}`), 400, "invalid_request")
        const put = await call("PUT", `/api/products/${sku}`, { token: admin.token, json: fields })
        expectProblem(put, 400, "invalid_request")
      }
    )

    it.each([
      ["body.unitPrice", { ...fields, unitPrice: -1 }],
      ["body.unitPrice", { ...fields, unitPrice: 12.5 }],
      ["body.unitPrice", { ...fields, unitPrice: 1_000_000_001 }],
      ["body.unitPrice", { ...fields, unitPrice: "1250" }],
      ["body.currency", { ...fields, currency: "eur" }],
      ["body.currency", { ...fields, currency: "EURO" }],
      ["body.currency", { ...fields, currency: "ABC" }],
      ["body.currency", { ...fields, currency: "XXX" }],
      ["body.currency", { ...fields, currency: "XAU" }],
      ["body.name", { ...fields, name: "" }],
      ["body.name", { ...fields, name: "a\nb" }],
      ["body.name", { ...fields, name: " \u200b" }],
      ["body.name", { ...fields, name: "gro.\u202eelpmaxe" }],
      ["body.name", { unitPrice: 1, currency: "EUR" }],
      ["body.available", { ...fields, available: 5 }],
      ["body.description", { ...fields, description: "" }],
      ["body.description", { ...fields, description: "x".repeat(2001) }],
      ["body.description", { ...fields, description: "a\tb" }],
      ["body.category", { ...fields, category: "a\nb" }],
      ["body.category", { ...fields, category: "x".repeat(61) }],
      ["body.picture", { ...fields, picture: "http://pictures.example.com/a.jpg" }],
      ["body.picture", { ...fields, picture: "javascript:alert(1)" }],
      ["body.picture", { ...fields, picture: "https://user:secret@example.com/a.jpg" }],
      ["body.picture", { ...fields, picture: 'https://example.com/a.jpg" onload="x' }],
      ["body.picture", { ...fields, picture: "https://localhost/a.jpg" }],
      ["body.picture", { ...fields, picture: `https://example.com/${"x".repeat(500)}` }],
      ["body.active", { ...fields, active: "true" }],
      ["body.active", { ...fields, active: null }]
    ])("refuses a product with an invalid %s", async (path, json) => {
      const { admin, call } = use()
      const answer = await call("PUT", "/api/products/refused", { token: admin.token, json })
      expectProblem(answer, 400, "invalid_request")
      assert.strictEqual(answer.json.errors[0].path, path)
    })
  })

  describe("stock", () => {
    it("is increased and decreased, never below zero", async () => {
      const { admin, product, post, available } = use()
      const { token } = admin
      const sku = await product(5)
      const path = `/api/products/${sku}/stock`
      const less = await post(path, { delta: -2, reason: "broken" }, { token })
      assert.deepStrictEqual([less.status, less.json], [200, { sku, available: 3 }])
      const tooMuch = await post(path, { delta: -4, reason: "broken" }, { token })
      expectProblem(tooMuch, 409, "insufficient_stock")
      assert.strictEqual(tooMuch.json.available, 3)
      assert.strictEqual(await available(sku), 3)
    })

    it("moves stock once per Idempotency-Key", async () => {
      const { admin, product, post, available } = use()
      const sku = await product(5)
      const path = `/api/products/${sku}/stock`
      const keyed = { token: admin.token, headers: { "idempotency-key": unique("delivery") } }
      const body = { delta: 3, reason: "delivery" }
      const answers = await Promise.all(Array.from({ length: 8 }, () => post(path, body, keyed)))
      assert.deepStrictEqual(
        answers.map(({ json }) => json),
        answers.map(() => ({ sku, available: 8 }))
      )
      const replays = answers.filter(
        ({ headers }) => headers.get("idempotency-replayed") === "true"
      )
      assert.strictEqual(replays.length, 7)
      assert.strictEqual(await available(sku), 8)
      const other = await post(path, { ...body, delta: 4 }, keyed)
      expectProblem(other, 422, "idempotency_mismatch")
    })

    it("is 404 for an unknown product", async () => {
      const { admin, post } = use()
      const path = `/api/products/${unique("nothing")}/stock`
      const answer = await post(path, { delta: 1, reason: "delivery" }, { token: admin.token })
      expectProblem(answer, 404, "not_found")
    })

    it.each([
      ["body.delta", { delta: 0, reason: "x" }],
      ["body.delta", { delta: 1.5, reason: "x" }],
      ["body.delta", { delta: "1", reason: "x" }],
      ["body.delta", { delta: 1_000_001, reason: "x" }],
      ["body.delta", { delta: -1_000_001, reason: "x" }],
      ["body.reason", { delta: 1 }],
      ["body.reason", { delta: 1, reason: "" }]
    ])("refuses an adjustment with an invalid %s", async (path, json) => {
      const { admin, post } = use()
      const answer = await post("/api/products/any/stock", json, { token: admin.token })
      expectProblem(answer, 400, "invalid_request")
      assert.strictEqual(answer.json.errors[0].path, path)
    })
  })
}
