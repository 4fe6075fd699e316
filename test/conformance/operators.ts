// What operators look for and see, from outside: orders and users of the whole system, and how it does.
import { assert, describe, it } from "vitest"
import { eventually, expectProblem, password, unique, type World } from "./world.ts"

const unknownId = "0".repeat(32)

/** Of CSV whose cells are all quoted. */
const cellsOf = (line: string): ReadonlyArray<string> =>
  Array.from(line.matchAll(/"((?:[^"]|"")*)"/gu), ([, cell = ""]) => cell.replaceAll('""', '"'))

export const operators = (use: () => World, settles: boolean): void => {
  const asAdmin = (path: string) => use().get(path, { token: use().admin.token })
  const send = (path: string, json: unknown) => use().post(path, json, { token: use().admin.token })

  const search = async (query: string) => {
    const answer = await asAdmin(`/api/admin/orders?${query}`)
    assert.strictEqual(answer.status, 200, answer.text)
    return answer.json
  }
  const idsOf = async (query: string): Promise<ReadonlyArray<string>> =>
    (await search(query)).items.map(({ id }: { readonly id: string }) => id)

  /** Three orders of a new user, with one product: the first is cancelled. */
  const orders = async () => {
    const { join, order, post, product } = use()
    const eve = await join("eve")
    const sku = await product(9)
    const place = async () => (await order(eve, [{ sku, quantity: 1 }])).json.id as string
    const ids = [await place(), await place(), await place()] as const
    await post(`/api/orders/${ids[0]}/cancel`, { reason: "=1+1" }, { token: eve.token })
    return { eve, sku, ids }
  }

  describe("a search of orders", () => {
    it("finds them by each condition, newest first, with their details", async () => {
      const { eve, sku, ids } = await orders()
      const [first, second, third] = ids
      const email = encodeURIComponent(eve.email.toUpperCase())
      const hour = Date.now() - 3_600_000
      const from = new Date(hour).toISOString()
      assert.deepStrictEqual(await idsOf(`email=${email}`), [third, second, first])
      assert.deepStrictEqual(await idsOf(`sku=${sku}`), [third, second, first])
      assert.deepStrictEqual(await idsOf(`id=${second}`), [second])
      assert.deepStrictEqual(await idsOf(`email=${email}&status=cancelled`), [first])
      assert.deepStrictEqual(await idsOf(`sku=${sku}&mail=not_due&from=${from}`), [first])
      assert.deepStrictEqual(await idsOf(`sku=${sku}&to=${from}`), [])
      assert.deepStrictEqual(await idsOf(`sku=${sku}&attention=true&from=${from}`), [])
      assert.include(await idsOf("status=cancelled&limit=100"), first)
      assert.include(await idsOf("mail=not_due&status=cancelled&limit=100"), first)
      assert.deepStrictEqual(
        await idsOf(`email=${encodeURIComponent(`${unique("no")}@example.com`)}`),
        []
      )
      const { items, unreadable } = await search(`id=${first}`)
      const number = items[0].number as string
      assert.deepStrictEqual(await idsOf(`number=${number.toLowerCase().replace("-", "")}`), [
        first
      ])
      assert.deepStrictEqual(await idsOf(`number=${number}&status=pending`), [])
      assert.deepStrictEqual(unreadable, [])
      assert.deepInclude(items[0], { id: first, userId: eve.id, status: "cancelled" })
      assert.isNull(items[0].needsAttention)
    })

    it("comes page by page", async () => {
      const { sku, ids } = await orders()
      const page = await search(`sku=${sku}&limit=2`)
      assert.lengthOf(page.items, 2)
      assert.deepStrictEqual(await idsOf(`sku=${sku}&cursor=${page.nextCursor}`), [ids[0]])
      assert.isNull((await search(`sku=${sku}&limit=3`)).nextCursor)
    })

    it("that no index bounds needs a time range, and says so", async () => {
      const { sku } = await orders()
      const day = 24 * 3_600_000
      const daysAgo = (days: number) => new Date(Date.now() - days * day).toISOString()
      for (const query of [
        "status=pending",
        `from=${daysAgo(32)}&status=pending`,
        `to=${daysAgo(1)}&status=pending`
      ]) {
        const refused = await asAdmin(`/api/admin/orders?sku=${sku}&${query}`)
        expectProblem(refused, 400, "invalid_request")
        assert.strictEqual(refused.json.errors[0].path, "query.from")
        assert.match(refused.json.errors[0].message, /31 days/u)
      }
      await search(`sku=${sku}&status=pending&from=${daysAgo(30)}`)
      await search(`sku=${sku}&status=pending&from=${daysAgo(60)}&to=${daysAgo(30)}`)
    })

    it.each([
      ...["status=open", "mail=lost", "attention=false", "id=1", "email=ada", "sku=a b"],
      ...[
        "from=yesterday",
        "to=2026-02-30T00:00:00.000Z",
        "cursor=1",
        "limit=101",
        "format=xml",
        "x=1"
      ]
    ])("refuses ?%s", async (query) => {
      expectProblem(await asAdmin(`/api/admin/orders?${query}`), 400, "invalid_request")
    })
  })

  describe("an export of orders", () => {
    it("is CSV, by header or query, without cells that a spreadsheet would run as formulas", async () => {
      const { sku, eve, ids } = await orders()
      const { get, admin } = use()
      const path = `/api/admin/orders?sku=${sku}`
      const byQuery = await asAdmin(`${path}&format=csv`)
      const byHeader = await get(path, { token: admin.token, headers: { accept: "text/csv" } })
      for (const { status, headers, text } of [byQuery, byHeader]) {
        assert.strictEqual(status, 200, text)
        assert.strictEqual(headers.get("content-type"), "text/csv; charset=utf-8")
        assert.match(headers.get("content-disposition") ?? "", /attachment; filename="orders.csv"/u)
        assert.isNull(headers.get("x-next-cursor"))
        const [head = "", ...lines] = text.split("\r\n")
        assert.strictEqual(lines.pop(), "")
        const columns = cellsOf(head)
        const rows = lines.map((line) =>
          Object.fromEntries(cellsOf(line).map((cell, i) => [columns[i], cell]))
        )
        assert.deepStrictEqual(
          rows.map((row) => row["id"]),
          ids.toReversed()
        )
        assert.deepInclude(rows[2], { status: "cancelled", mail: "not_due", userId: eve.id })
        assert.deepInclude(rows[2], { items: `1 x ${sku}`, total: "1250", currency: "EUR" })
      }
      const event = await eventually("the event", async () => {
        const { items } = (await asAdmin("/api/admin/events?kind=orders_exported")).json
        return items.length > 1 && items[0]
      })
      assert.deepStrictEqual(event.details, { matched: 3 })
    })

    it("needs a time range when the search does", async () => {
      const refused = await asAdmin("/api/admin/orders?sku=a&status=pending&format=csv")
      expectProblem(refused, 400, "invalid_request")
    })
  })

  describe("one order", () => {
    it("has its user, its work, and its history with actor, time and reason", async () => {
      const { eve, ids } = await orders()
      const [, second] = ids
      const reason = "a wrong price"
      await send(`/api/orders/${second}/cancel`, { reason })
      const details = await eventually("the event", async () => {
        const answer = await asAdmin(`/api/admin/orders/${second}`)
        assert.strictEqual(answer.status, 200, answer.text)
        const kinds = answer.json.events.map(({ kind }: { readonly kind: string }) => kind)
        return kinds.includes("order_cancelled") && answer.json
      })
      const { order, customer, needsAttention, work, mail, deadLetters, events } = details
      assert.deepInclude(order, { id: second, status: "cancelled", userId: eve.id })
      assert.deepInclude(customer, { id: eve.id, email: eve.email, role: "user", disabled: null })
      assert.deepStrictEqual([needsAttention, deadLetters], [null, []])
      // The mail about the cancel is due, and then out where there is a worker.
      assert.strictEqual(work === null, order.notice.state === "sent", JSON.stringify(work))
      assert.deepStrictEqual(mail, { state: "not_due", requests: 0, claim: null })
      const cancelled = events.find(
        ({ kind }: { readonly kind: string }) => kind === "order_cancelled"
      )
      assert.strictEqual(cancelled.details.reason, reason)
      assert.deepStrictEqual(cancelled.details.after, { status: "cancelled", mail: "not_due" })
      assert.include(["pending", "confirmed"], cancelled.details.before.status)
      assert.strictEqual(cancelled.actor.userId, use().admin.id)
      assert.isTrue(
        events.every((event: { subject: { orderId: string } }) => event.subject.orderId === second)
      )
    })

    it("is readable by support and admins only, and 404 for an unknown id", async () => {
      expectProblem(await asAdmin(`/api/admin/orders/${unknownId}`), 404, "not_found")
      expectProblem(await asAdmin("/api/admin/orders/1"), 400, "invalid_request")
    })
  })

  if (settles)
    describe("a decision", () => {
      it("is audited with its reason and the state before", async () => {
        const { ids } = await orders()
        const [, second] = ids
        await use().target.settle?.(second)
        await send(`/api/admin/orders/${second}/resend-confirmation`, { reason: "it was lost" })
        const resent = await eventually("the event", async () => {
          const { events } = (await asAdmin(`/api/admin/orders/${second}`)).json
          return events.find(
            ({ kind }: { readonly kind: string }) => kind === "confirmation_resent"
          )
        })
        assert.deepStrictEqual(resent.details, {
          before: { status: "confirmed", mail: "sent" },
          after: { status: "confirmed", mail: "waiting" },
          reason: "it was lost"
        })
      })
    })

  describe("users", () => {
    it("are found by their address or its beginning, and listed newest first", async () => {
      const { eve } = await orders()
      const find = async (query: string) => {
        const answer = await asAdmin(`/api/admin/users?${query}`)
        assert.strictEqual(answer.status, 200, answer.text)
        return answer.json
      }
      const { items } = await find(`email=${encodeURIComponent(eve.email)}`)
      assert.lengthOf(items, 1)
      assert.deepInclude(items[0], { id: eve.id, email: eve.email, disabled: null })
      const beginning = eve.email.slice(0, -12).toUpperCase()
      assert.strictEqual((await find(`email=${beginning}`)).items[0].id, eve.id)
      const first = await find("limit=1")
      const second = await find(`limit=1&cursor=${first.nextCursor}`)
      assert.isTrue(first.items[0].id > second.items[0].id)
      const text = JSON.stringify([items, first, second])
      assert.notInclude(text, "passwordHash")
      assert.notInclude(text, "argon2")
    })

    it.each(["email=a b", "cursor=1", "limit=0", "name=Ada"])("refuse ?%s", async (query) => {
      expectProblem(await asAdmin(`/api/admin/users?${query}`), 400, "invalid_request")
    })

    it("are shown one by one, with sessions and orders", async () => {
      const { login } = use()
      const { eve, ids } = await orders()
      await login(eve.email, eve.password)
      const { status, json, text } = await asAdmin(`/api/admin/users/${eve.id}`)
      assert.strictEqual(status, 200, text)
      assert.deepInclude(json.user, { id: eve.id, email: eve.email, role: "user", disabled: null })
      assert.lengthOf(json.sessions, 2)
      assert.deepStrictEqual(
        json.orders.map(({ id }: { readonly id: string }) => id),
        ids.toReversed()
      )
      expectProblem(await asAdmin(`/api/admin/users/${unknownId}`), 404, "not_found")
    })
  })

  describe("a disabled account", () => {
    it("gets no tokens until it is enabled, with the right password and after a reset too", async () => {
      const { get, join, login, mailAbout, post } = use()
      const eve = await join("eve")
      const { status, json, text } = await send(`/api/admin/users/${eve.id}/disable`, {
        reason: "a stolen password"
      })
      assert.strictEqual(status, 200, text)
      assert.strictEqual(json.user.disabled.reason, "a stolen password")
      const refused = () => post("/api/auth/login", { email: eve.email, password: eve.password })
      const wrong = await post("/api/auth/login", { email: eve.email, password: "not this one" })
      const right = await refused()
      expectProblem(right, 401, "invalid_credentials")
      assert.strictEqual(right.json.detail, wrong.json.detail)
      const refresh = await post("/api/auth/refresh", { refreshToken: eve.refreshToken })
      expectProblem(refresh, 401, "session_revoked")
      // An access token lives out its 15 minutes.
      assert.strictEqual((await get("/api/auth/me", { token: eve.token })).status, 200)
      const { verificationId } = (await post("/api/auth/forgot-password", { email: eve.email }))
        .json
      const mail = await mailAbout(eve.email, "Your code for a new password")
      const otp = mail.text.match(/\b\d{6}\b/u)?.[0]
      const newPassword = "another correct horse"
      const reset = { verificationId, otp, password: newPassword }
      assert.strictEqual((await post("/api/auth/reset-password", reset)).status, 204)
      const again = { email: eve.email, password: newPassword }
      expectProblem(await post("/api/auth/login", again), 401, "invalid_credentials")
      const enabled = await send(`/api/admin/users/${eve.id}/enable`, { reason: "it is hers" })
      assert.strictEqual(enabled.status, 200, enabled.text)
      assert.isNull(enabled.json.user.disabled)
      await login(eve.email, newPassword)
    })

    it("is recorded in the audit events, once for each change, with actor and reason", async () => {
      const { admin, join } = use()
      const eve = await join("eve")
      const why = { reason: "a test" }
      for (const verb of ["disable", "disable", "enable", "enable"])
        assert.strictEqual((await send(`/api/admin/users/${eve.id}/${verb}`, why)).status, 200)
      const events = await eventually("the events", async () => {
        const { items } = (await asAdmin(`/api/admin/events?userId=${eve.id}`)).json
        return items[0].kind === "account_enabled" && items
      })
      const [enabled, ended, disabled] = events
      assert.deepStrictEqual(
        [enabled.kind, ended.kind, disabled.kind],
        ["account_enabled", "session_ended", "account_disabled"]
      )
      assert.deepStrictEqual(enabled.details, {
        before: { disabled: true },
        after: { disabled: false },
        ...why
      })
      assert.deepStrictEqual(disabled.details, {
        before: { disabled: false },
        after: { disabled: true },
        ...why
      })
      assert.deepStrictEqual(ended.details, { matched: 1, ...why })
      assert.deepInclude(disabled.actor, { userId: admin.id, role: "admin" })
    })

    it("can't be one's own, or an unknown one", async () => {
      const { admin, login } = use()
      const own = await send(`/api/admin/users/${admin.id}/disable`, { reason: "a test" })
      expectProblem(own, 409, "not_allowed")
      await login(admin.email, admin.password)
      for (const verb of ["disable", "enable", "end-sessions"]) {
        const path = `/api/admin/users/${unknownId}/${verb}`
        expectProblem(await send(path, { reason: "a test" }), 404, "not_found")
        expectProblem(await send(path, {}), 400, "invalid_request")
      }
    })
  })

  it("an operator ends a user's sessions, and the password stays", async () => {
    const { join, login, post } = use()
    const eve = await join("eve")
    const ended = await send(`/api/admin/users/${eve.id}/end-sessions`, { reason: "a lost phone" })
    assert.strictEqual(ended.status, 204, ended.text)
    const refresh = await post("/api/auth/refresh", { refreshToken: eve.refreshToken })
    expectProblem(refresh, 401, "session_revoked")
    await login(eve.email, password)
  })

  it("the movements of a product's stock are listed, newest first, with actor and reason", async () => {
    const { admin, product } = use()
    const sku = await product(5)
    await send(`/api/products/${sku}/stock`, { delta: -2, reason: "broken" })
    const first = await asAdmin(`/api/products/${sku}/stock?limit=1`)
    assert.strictEqual(first.status, 200, first.text)
    const [broken] = first.json.items
    assert.deepInclude(broken, {
      delta: -2,
      reason: "broken",
      actorId: admin.id,
      availableAfter: 3
    })
    const rest = await asAdmin(`/api/products/${sku}/stock?cursor=${first.json.nextCursor}`)
    assert.deepInclude(rest.json.items[0], { delta: 5, availableAfter: 5 })
    assert.isNull(rest.json.nextCursor)
    expectProblem(await asAdmin(`/api/products/${unique("sku")}/stock`), 404, "not_found")
    expectProblem(await asAdmin(`/api/products/${sku}/stock?cursor=1`), 400, "invalid_request")
  })

  describe("the overview", () => {
    it("counts orders and waiting work, and lists low stock and the state of dependencies", async () => {
      const { product } = use()
      const sku = await product(0)
      await orders()
      const { status, json, text } = await asAdmin("/api/admin/overview?lowStock=0")
      assert.strictEqual(status, 200, text)
      assert.isAtLeast(json.orders.total, 3)
      assert.isAtLeast(json.orders.lastHour, 3)
      assert.isAtLeast(json.orders.byStatus.cancelled, 1)
      assert.isAtLeast(json.mails.perSecond, 0)
      for (const queue of [json.queues.orders, json.queues.deadLetters]) {
        assert.isNull(queue.problem)
        for (const state of ["visible", "inFlight", "delayed"])
          assert.isAtLeast(queue.messages[state], 0)
      }
      assert.isTrue(json.dependencies.mongo.ready)
      assert.isTrue(json.lowStock.every(({ available }: { available: number }) => available === 0))
      // Others may be as low, and before it.
      if (json.lowStock.length < 20)
        assert.include(
          json.lowStock.map((low: { readonly sku: string }) => low.sku),
          sku
        )
    })

    it.each(["lowStock=101", "lowStock=-1", "lowStock=a", "x=1"])("refuses ?%s", async (query) => {
      expectProblem(await asAdmin(`/api/admin/overview?${query}`), 400, "invalid_request")
    })
  })
}
