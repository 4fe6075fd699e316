// Orders, from outside.
import { assert, describe, it } from "vitest"
import { follow, type OrderEvent } from "./follow.ts"
import { expectProblem, unique, type World } from "./world.ts"

const unknownId = "0".repeat(32)

interface Listed {
  readonly id: string
  readonly createdAt: string
}

export const orders = (use: () => World): void => {
  describe("placing", () => {
    it("creates an order with the catalogue's names and prices, and takes its stock", async () => {
      const { ada, product, order, available, get } = use()
      const sku = await product(10, { name: "Tea", unitPrice: 450 })
      const placed = await order(ada, [{ sku, quantity: 3 }])
      assert.strictEqual(placed.status, 201, placed.text)
      const { id, ...rest } = placed.json
      assert.strictEqual(placed.headers.get("location"), `/api/orders/${id}`)
      assert.isNull(placed.headers.get("idempotency-replayed"))
      assert.deepStrictEqual(
        [rest.userId, rest.status, rest.items, rest.total, rest.currency, rest.version],
        [ada.id, "pending", [{ sku, name: "Tea", quantity: 3, unitPrice: 450 }], 1350, "EUR", 1]
      )
      assert.deepStrictEqual(rest.timeline, [{ status: "pending", at: rest.createdAt }])
      assert.strictEqual(await available(sku), 7)
      const read = await get(`/api/orders/${id}`, { token: ada.token })
      assert.strictEqual(read.json.id, id)
    })

    it("keeps name and price when the product changes", async () => {
      const { ada, admin, product, order, call, get } = use()
      const sku = await product(1, { name: "Before", unitPrice: 100 })
      const { json } = await order(ada, [{ sku, quantity: 1 }])
      const changed = { name: "After", unitPrice: 999, currency: "EUR" }
      await call("PUT", `/api/products/${sku}`, { token: admin.token, json: changed })
      const read = await get(`/api/orders/${json.id}`, { token: ada.token })
      assert.deepStrictEqual(read.json.items, json.items)
    })

    it.each([0, -1, 1.5, "2", 1001, null, 1e300])("refuses a quantity of %j", async (quantity) => {
      const { ada, product, order, available } = use()
      const sku = await product(5)
      const answer = await order(ada, [{ sku, quantity }])
      expectProblem(answer, 400, "invalid_request")
      assert.strictEqual(answer.json.errors[0].path, "body.items[0].quantity")
      assert.strictEqual(await available(sku), 5)
    })

    it.each([
      ["no lines", { items: [] }],
      ["no items", {}],
      ["items that are no list", { items: { sku: "a", quantity: 1 } }],
      ["51 lines", { items: Array.from({ length: 51 }, () => ({ sku: "a", quantity: 1 })) }],
      ["a line without SKU", { items: [{ quantity: 1 }] }],
      ["an SKU that is an operator", { items: [{ sku: { $ne: "" }, quantity: 1 }] }],
      ["a price of its own", { items: [{ sku: "a", quantity: 1, unitPrice: 1 }] }],
      ["a total of its own", { items: [{ sku: "a", quantity: 1 }], total: 1 }],
      ["another user", { items: [{ sku: "a", quantity: 1 }], userId: unknownId }]
    ])("refuses a body with %s", async (_, json) => {
      const { ada, post } = use()
      expectProblem(await post("/api/orders", json, { token: ada.token }), 400, "invalid_request")
    })

    it("counts two lines of one SKU together, in the order and against the stock", async () => {
      const { ada, product, order, available } = use()
      const sku = await product(5)
      const line = { sku, quantity: 3 }
      const refused = await order(ada, [line, line])
      expectProblem(refused, 409, "out_of_stock")
      assert.deepStrictEqual(refused.json.items, [{ sku, requested: 6, available: 5 }])
      const placed = await order(ada, [line, { sku, quantity: 1 }])
      assert.strictEqual(placed.json.items.length, 1)
      assert.strictEqual(placed.json.items[0].quantity, 4)
      assert.strictEqual(await available(sku), 1)
    })

    it("takes all lines or none", async () => {
      const { ada, product, order, available } = use()
      const [enough, short] = [await product(5), await product(1)]
      const answer = await order(ada, [
        { sku: enough, quantity: 2 },
        { sku: short, quantity: 2 }
      ])
      expectProblem(answer, 409, "out_of_stock")
      assert.deepStrictEqual(answer.json.items, [{ sku: short, requested: 2, available: 1 }])
      assert.deepStrictEqual([await available(enough), await available(short)], [5, 1])
    })

    it("refuses what is not for sale, and two currencies", async () => {
      const { ada, admin, product, order, call } = use()
      const [euro, dollar, gone] = [
        await product(5),
        await product(5, { currency: "USD" }),
        await product(5)
      ]
      await call("DELETE", `/api/products/${gone}`, { token: admin.token })
      const unknown = unique("nothing")
      const notForSale = await order(ada, [
        { sku: euro, quantity: 1 },
        { sku: gone, quantity: 1 },
        { sku: unknown, quantity: 1 }
      ])
      expectProblem(notForSale, 422, "unknown_sku")
      assert.deepStrictEqual(notForSale.json.skus.toSorted(), [gone, unknown].toSorted())
      const mixed = await order(ada, [
        { sku: euro, quantity: 1 },
        { sku: dollar, quantity: 1 }
      ])
      expectProblem(mixed, 422, "mixed_currency")
      assert.deepStrictEqual(mixed.json.currencies.toSorted(), ["EUR", "USD"])
    })

    it("sells exactly 40 pieces to 160 concurrent buyers", { timeout: 60_000 }, async () => {
      const { ada, bob, product, order, available } = use()
      const sku = await product(40)
      const answers = await Promise.all(
        Array.from({ length: 160 }, (_, i) =>
          order(i % 2 === 0 ? ada : bob, [{ sku, quantity: 1 }])
        )
      )
      const count = (status: number) => answers.filter((answer) => answer.status === status).length
      assert.deepStrictEqual([count(201), count(409)], [40, 120])
      const ids = answers.flatMap(({ status, json }) => (status === 201 ? [json.id] : []))
      assert.strictEqual(new Set(ids).size, 40)
      assert.strictEqual(await available(sku), 0)
    })
  })

  describe("Idempotency-Key", () => {
    it("answers with the same order again, and creates no second one", async () => {
      const { ada, product, order, available } = use()
      const sku = await product(5)
      const key = unique("key")
      const first = await order(ada, [{ sku, quantity: 2 }], key)
      const again = await order(ada, [{ sku, quantity: 2 }], key)
      assert.deepStrictEqual([again.status, again.json.id], [201, first.json.id])
      assert.strictEqual(again.headers.get("location"), first.headers.get("location"))
      assert.strictEqual(again.headers.get("idempotency-replayed"), "true")
      assert.strictEqual(await available(sku), 3)
    })

    it("creates one order for twelve concurrent requests", async () => {
      const { ada, product, order, available } = use()
      const sku = await product(50)
      const key = unique("key")
      const answers = await Promise.all(
        Array.from({ length: 12 }, () => order(ada, [{ sku, quantity: 2 }], key))
      )
      assert.deepStrictEqual(
        answers.map(({ status }) => status),
        answers.map(() => 201)
      )
      assert.strictEqual(new Set(answers.map(({ json }) => json.id)).size, 1)
      const replays = answers.filter(({ headers }) => headers.has("idempotency-replayed"))
      assert.strictEqual(replays.length, 11)
      assert.strictEqual(await available(sku), 48)
    })

    it("belongs to one request of one user", async () => {
      const { ada, bob, product, order } = use()
      const sku = await product(10)
      const key = unique("key")
      const first = await order(ada, [{ sku, quantity: 1 }], key)
      const different = await order(ada, [{ sku, quantity: 2 }], key)
      expectProblem(different, 422, "idempotency_mismatch")
      const other = await order(bob, [{ sku, quantity: 1 }], key)
      assert.strictEqual(other.status, 201)
      assert.notStrictEqual(other.json.id, first.json.id)
    })

    it("may be used again after a refusal", async () => {
      const { ada, admin, product, order, post } = use()
      const sku = await product(0)
      const key = unique("key")
      expectProblem(await order(ada, [{ sku, quantity: 1 }], key), 409, "out_of_stock")
      const delivery = { delta: 1, reason: "delivery" }
      await post(`/api/products/${sku}/stock`, delivery, { token: admin.token })
      const placed = await order(ada, [{ sku, quantity: 1 }], key)
      assert.strictEqual(placed.status, 201)
      assert.isNull(placed.headers.get("idempotency-replayed"))
    })

    it.each([
      ["an empty one", ""],
      ["one that is too long", "k".repeat(256)],
      ["one that is not ASCII", "schl\u00fcssel"]
    ])("is refused: %s", async (_, key) => {
      const { ada, order } = use()
      expectProblem(await order(ada, [{ sku: "any", quantity: 1 }], key), 400, "invalid_request")
    })
  })

  describe("reading", () => {
    const place = async () => {
      const { ada, product, order } = use()
      const { json } = await order(ada, [{ sku: await product(1), quantity: 1 }])
      return `/api/orders/${json.id}`
    }

    /** Writing the cache follows the answer. */
    const readFromCache = async (path: string) => {
      const { ada, get } = use()
      for (;;) {
        const answer = await get(path, { token: ada.token })
        assert.strictEqual(answer.status, 200, answer.text)
        if (answer.headers.get("x-cache") === "hit") return answer
      }
    }

    it("is served from the cache, and privately", async () => {
      const { headers } = await readFromCache(await place())
      assert.strictEqual(headers.get("cache-control"), "private, no-cache")
    })

    it("is for the owner and admins, also from the cache; for others the order does not exist", async () => {
      const { bob, admin, get, post } = use()
      const path = await place()
      await readFromCache(path)
      const foreign = await get(path, { token: bob.token })
      expectProblem(foreign, 404, "not_found")
      const unknown = await get(`/api/orders/${unknownId}`, { token: bob.token })
      expectProblem(unknown, 404, "not_found")
      assert.deepStrictEqual(Object.keys(foreign.json), Object.keys(unknown.json))
      assert.strictEqual((await get(path, { token: admin.token })).status, 200)
      const cancel = await post(`${path}/cancel`, undefined, { token: bob.token })
      expectProblem(cancel, 404, "not_found")
    })

    const placeWithNumber = async () => {
      const { ada, get } = use()
      const path = await place()
      const { json } = await get(path, { token: ada.token })
      return { path, id: String(json.id), number: String(json.number) }
    }

    it("works with the number too, in any spelling, with the same answer", async () => {
      const { ada, admin, get } = use()
      const { path, id, number } = await placeWithNumber()
      assert.match(number, /^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/u)
      let current = await readFromCache(path)
      assert.deepStrictEqual(Object.keys(current.json).slice(0, 2), ["id", "number"])
      for (const typed of [
        number,
        number.toLowerCase(),
        number.replace("-", ""),
        number.replace("-", "%20"),
        number.replaceAll("0", "O").replaceAll("1", "l")
      ]) {
        const { status, json, headers } = await get(`/api/orders/${typed}`, { token: ada.token })
        assert.deepStrictEqual([status, json.id, json.number], [200, id, number], typed)
        assert.strictEqual(headers.get("etag"), `"${id}-${json.version}"`)
        // The cache knows ids alone.
        assert.strictEqual(headers.get("x-cache"), "miss")
      }
      const ask = () =>
        get(`/api/orders/${number}`, {
          token: ada.token,
          headers: { "if-none-match": current.headers.get("etag") ?? "" }
        })
      let answer = await ask()
      // With a worker the version moves until the mail is out.
      while (answer.status === 200 && answer.json.version > current.json.version) {
        current = answer
        answer = await ask()
      }
      assert.strictEqual(answer.status, 304)
      assert.strictEqual((await get(`/api/orders/${number}`, { token: admin.token })).status, 200)
    })

    it("by the number of another user's order is answered as for an unknown number, without an id", async () => {
      const { bob, get } = use()
      const { id, number } = await placeWithNumber()
      const unknown = number.slice(0, 8) + (number.endsWith("0") ? "1" : "0")
      const foreign = await get(`/api/orders/${number}`, { token: bob.token })
      expectProblem(foreign, 404, "not_found")
      assert.strictEqual(foreign.json.detail, `There is no order ${number}.`)
      assert.notInclude(foreign.text, id)
      const none = await get(`/api/orders/${unknown}`, { token: bob.token })
      expectProblem(none, 404, "not_found")
      assert.strictEqual(none.json.detail, `There is no order ${unknown}.`)
    })

    it("answers 304 to a client that has this version", async () => {
      const { ada, get } = use()
      const path = await place()
      // With a worker the version moves until the mail is out.
      let current = await readFromCache(path)
      const ask = (tag: string) =>
        get(path, { token: ada.token, headers: { "if-none-match": tag } })
      for (const form of [
        (tag: string) => tag,
        (tag: string) => `W/${tag}`,
        (tag: string) => `"other", W/"one", ${tag}`,
        () => "*"
      ]) {
        let answer = await ask(form(current.headers.get("etag") ?? ""))
        while (answer.status === 200 && answer.json.version > current.json.version) {
          current = answer
          answer = await ask(form(current.headers.get("etag") ?? ""))
        }
        assert.strictEqual(answer.status, 304)
        assert.strictEqual(answer.text, "")
        assert.strictEqual(answer.headers.get("etag"), current.headers.get("etag"))
      }
      assert.strictEqual((await ask('"other"')).status, 200)
    })

    it("is the only use of a number: other calls need the id", async () => {
      const { ada, post } = use()
      const { number } = await placeWithNumber()
      const cancel = await post(`/api/orders/${number}/cancel`, undefined, { token: ada.token })
      expectProblem(cancel, 400, "invalid_request")
    })

    it.each(["1", unknownId.slice(1), "O".repeat(32), "U7QF-2M9X", "..%2F..%2Fadmin", "%24ne"])(
      "refuses the id %s",
      async (id) => {
        const { ada, get, post } = use()
        expectProblem(await get(`/api/orders/${id}`, { token: ada.token }), 400, "invalid_request")
        const cancel = await post(`/api/orders/${id}/cancel`, undefined, { token: ada.token })
        expectProblem(cancel, 400, "invalid_request")
      }
    )
  })

  describe("following", () => {
    const place = async () => {
      const { ada, product, order } = use()
      const { json } = await order(ada, [{ sku: await product(1), quantity: 1 }])
      return json.id as string
    }
    const cancel = async (id: string, reason: string) => {
      const { ada, post } = use()
      const answer = await post(`/api/orders/${id}/cancel`, { reason }, { token: ada.token })
      assert.strictEqual(answer.status, 200, answer.text)
      return answer.json.timeline
    }
    const events = (id: string, last?: string) => {
      const headers = last === undefined ? {} : { "last-event-id": last }
      return use().get(`/api/orders/${id}/events`, { token: use().ada.token, headers })
    }
    /** What a client has made of the text of a stream that is over. */
    const eventsIn = (text: string) =>
      Array.from(text.matchAll(/^id: (\d+)\ndata: (.+)\n\n/gmu), ([, id, data = ""]) => [
        Number(id),
        JSON.parse(data)
      ])

    it("sends each entry of the timeline as it is added, and ends with the order", async () => {
      const { ada, admin, target } = use()
      const id = await place()
      const streams = await Promise.all(
        [ada, admin].map(({ token }) => follow(target, id, { token }))
      )
      for (const { status, headers } of streams) {
        assert.strictEqual(status, 200)
        assert.strictEqual(headers.get("content-type"), "text/event-stream; charset=utf-8")
        assert.strictEqual(headers.get("cache-control"), "no-store")
        assert.strictEqual(headers.get("x-accel-buffering"), "no")
        assert.isNull(headers.get("etag"))
      }
      const first = await Promise.all(streams.map(({ event }) => event()))
      assert.deepStrictEqual(
        first.map((event) => [event?.id, event?.data.status]),
        [
          ["0", "pending"],
          ["0", "pending"]
        ]
      )
      const timeline = await cancel(id, "ordered twice")
      for (const [i, { event }] of streams.entries()) {
        const rest: Array<OrderEvent> = []
        for (let next = await event(); next !== undefined; next = await event()) rest.push(next)
        assert.deepStrictEqual(
          [first[i], ...rest].map((next) => next?.data),
          timeline
        )
        assert.deepStrictEqual(
          rest.map((next) => Number(next.id)),
          rest.map((_, index) => index + 1)
        )
      }
    })

    it("resumes after the client's last event, and answers 204 after the end", async () => {
      const id = await place()
      const timeline = await cancel(id, "changed my mind")
      const all = await events(id)
      assert.strictEqual(all.status, 200)
      assert.match(all.text, /^retry: 3000\n\n/u)
      assert.deepStrictEqual(eventsIn(all.text), [...timeline.entries()])
      const rest = await events(id, "0")
      assert.deepStrictEqual(eventsIn(rest.text), [...timeline.entries()].slice(1))
      for (const last of [timeline.length - 1, timeline.length, 999_999]) {
        const over = await events(id, String(last))
        assert.deepStrictEqual([over.status, over.text], [204, ""])
      }
    })

    it("continues while the order is not final", async () => {
      const { ada, target } = use()
      const id = await place()
      const headers = { "last-event-id": "0" }
      const stream = await follow(target, id, { token: ada.token, headers })
      assert.strictEqual(stream.status, 200)
      const timeline = await cancel(id, "no more")
      const seen: Array<unknown> = []
      for (let next = await stream.event(); next; next = await stream.event()) seen.push(next.data)
      assert.deepStrictEqual(seen, timeline.slice(1))
    })

    it.each(["", " ", "-1", "1.5", "01", "1e3", "a", "1000000", "0, 1"])(
      "refuses the Last-Event-ID %j",
      async (last) => {
        const answer = await events(unknownId, last)
        expectProblem(answer, 400, "invalid_request")
        assert.strictEqual(answer.json.errors[0].path, "header.Last-Event-ID")
      }
    )

    it("is for the owner and admins; for others the order does not exist", async () => {
      const { bob, get } = use()
      const path = `/api/orders/${await place()}/events`
      expectProblem(await get(path, { token: bob.token }), 404, "not_found")
      const unknown = await get(`/api/orders/${unknownId}/events`, { token: bob.token })
      expectProblem(unknown, 404, "not_found")
    })

    it("answers HEAD with the headers alone", async () => {
      const { ada, call } = use()
      const path = `/api/orders/${await place()}/events`
      const { status, headers, text } = await call("HEAD", path, { token: ada.token })
      assert.deepStrictEqual([status, text], [200, ""])
      assert.strictEqual(headers.get("content-type"), "text/event-stream; charset=utf-8")
    })
  })

  describe("listing", () => {
    it("has one's own orders, newest first, in pages, by status", async () => {
      const { product, order, get, post, login, register } = use()
      const email = `${unique("lister")}@example.com`
      const { id, code } = await register(email)
      await post("/api/auth/verify-otp", { verificationId: id, otp: code })
      const person = await login(email, "correct horse battery")
      const sku = await product(10)
      const ids: Array<string> = []
      for (let i = 0; i < 5; i++) ids.unshift((await order(person, [{ sku, quantity: 1 }])).json.id)
      const { token } = person
      const listed: Array<Listed> = []
      let cursor: string | null = ""
      while (cursor !== null) {
        const more: string = cursor === "" ? "" : `&cursor=${cursor}`
        const { json }: { json: { items: Array<Listed>; nextCursor: string | null } } = await get(
          `/api/orders?limit=2${more}`,
          { token }
        )
        listed.push(...json.items)
        cursor = json.nextCursor
      }
      assert.deepStrictEqual(listed.map((item) => item.id).toSorted(), ids.toSorted())
      // Within a millisecond they come in any order.
      const times = listed.map(({ createdAt }) => Date.parse(createdAt))
      for (const [i, time] of times.entries()) assert.isAtMost(time, (times[i - 1] ?? time) + 1)
      await post(`/api/orders/${ids[1]}/cancel`, undefined, { token })
      const cancelled = await get("/api/orders?status=cancelled", { token })
      assert.deepStrictEqual(
        cancelled.json.items.map((item: { id: string }) => item.id),
        [ids[1]]
      )
    })

    it("takes empty parameters as absent", async () => {
      const { ada, get } = use()
      const { token } = ada
      const { status, json } = await get("/api/orders?status=&cursor=&limit=", { token })
      assert.strictEqual(status, 200)
      assert.deepStrictEqual(json, (await get("/api/orders", { token })).json)
    })

    it.each(["status=lost", "cursor=c2t1", "limit=1000", "userId=1"])(
      "refuses ?%s",
      async (query) => {
        const { ada, get } = use()
        const answer = await get(`/api/orders?${query}`, { token: ada.token })
        expectProblem(answer, 400, "invalid_request")
      }
    )
  })

  describe("cancelling", () => {
    it("returns the stock once, and readers see it immediately", async () => {
      const { ada, product, order, post, get, available } = use()
      const sku = await product(5)
      const { json } = await order(ada, [{ sku, quantity: 2 }])
      const path = `/api/orders/${json.id}`
      const { token } = ada
      const answers = await Promise.all(
        Array.from({ length: 4 }, () => post(`${path}/cancel`, undefined, { token }))
      )
      assert.deepStrictEqual(answers.map(({ status }) => status).toSorted(), [200, 409, 409, 409])
      assert.strictEqual(await available(sku), 5)
      expectProblem(await post(`${path}/cancel`, undefined, { token }), 409, "not_cancellable")
      const read = await get(path, { token })
      assert.deepStrictEqual(
        [read.json.status, read.json.timeline.at(-1).status],
        ["cancelled", "cancelled"]
      )
    })

    const json = { "content-type": "application/json" }
    it.each([
      ["a reason", { json: { reason: "ordered twice" } }, "ordered twice"],
      ["no reason", { json: {} }, undefined],
      ["null for the reason", { json: { reason: null } }, undefined],
      ["an empty body", { headers: json, body: "" }, undefined],
      ["no body, though with its type", { headers: json }, undefined],
      ["no body of another type", { headers: { "content-type": "text/plain" } }, undefined],
      ["a body that arrives in no chunk", { headers: json, body: new Blob([]).stream() }, undefined]
    ])("with %s adds an entry to the timeline", async (_, sent, reason) => {
      const { ada, product, order, call, get } = use()
      const placed = await order(ada, [{ sku: await product(1), quantity: 1 }])
      const path = `/api/orders/${placed.json.id}`
      const { token } = ada
      const answer = await call("POST", `${path}/cancel`, { token, ...sent })
      assert.strictEqual(answer.status, 200, answer.text)
      for (const shown of [answer, await get(path, { token })]) {
        const entry = shown.json.timeline.at(-1)
        assert.deepStrictEqual([entry.status, entry.reason], ["cancelled", reason])
      }
    })

    it.each([
      ["body.reason", { reason: "" }],
      ["body.reason", { reason: "a\u202eb" }],
      ["body.reason", { reason: "x".repeat(201) }],
      ["body.reason", { reason: 1 }],
      ["body.why", { why: "ordered twice" }]
    ])("refuses a %s that does not fit, and cancels nothing", async (path, body) => {
      const { ada, product, order, post, get } = use()
      const placed = await order(ada, [{ sku: await product(1), quantity: 1 }])
      const { token } = ada
      const answer = await post(`/api/orders/${placed.json.id}/cancel`, body, { token })
      expectProblem(answer, 400, "invalid_request")
      assert.strictEqual(answer.json.errors[0].path, path)
      const read = await get(`/api/orders/${placed.json.id}`, { token })
      assert.notStrictEqual(read.json.status, "cancelled")
    })

    it("is open to an admin", async () => {
      const { ada, admin, product, order, post } = use()
      const { json } = await order(ada, [{ sku: await product(1), quantity: 1 }])
      const path = `/api/orders/${json.id}/cancel`
      const answer = await post(path, undefined, { token: admin.token })
      assert.deepStrictEqual([answer.status, answer.json.status], [200, "cancelled"])
    })
  })
}
