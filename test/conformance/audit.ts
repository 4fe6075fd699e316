// What administrators can read about who did what, from outside.
import { assert, describe, it } from "vitest"
import type { Answer } from "../../tools/harness/openapi.ts"
import { eventually, expectProblem, password, unique, uniquePhone, type World } from "./world.ts"

interface Event {
  readonly id: string
  readonly at: string
  readonly kind: string
  readonly outcome: string
  // biome-ignore lint/suspicious/noExplicitAny: assertions look into actors of any type.
  readonly actor: any
  readonly subject: Readonly<Record<string, unknown>>
  readonly details: Readonly<Record<string, unknown>>
  readonly client: string | null
  readonly requestId: string | null
}

export const audit = (use: () => World): void => {
  const read = async (query: string) => {
    const { admin, get } = use()
    const answer = await get(`/api/admin/events?${query}`, { token: admin.token })
    assert.strictEqual(answer.status, 200, answer.text)
    return answer.json as { readonly items: ReadonlyArray<Event>; readonly nextCursor: string }
  }

  /** Events follow what they are about: asks until the newest, `count` of one kind, are there. */
  const eventsOf = (userId: string, newest: string, count = 1): Promise<ReadonlyArray<Event>> =>
    eventually(`the event ${newest}`, async () => {
      const { items } = await read(`userId=${userId}&limit=100`)
      const head = items.slice(0, count)
      return head.length === count && head.every(({ kind }) => kind === newest) && items
    })

  const eventOf = (requestId: string, kind: string): Promise<Event> =>
    eventually(`the event ${kind}`, async () => {
      const { items } = await read(`kind=${kind}&limit=100`)
      return items.find((event) => event.requestId === requestId)
    })

  const tagged = (token?: string) => {
    const requestId = unique("request")
    return { requestId, call: { token, headers: { "x-request-id": requestId } } }
  }

  /** The second time nothing is done any more, so there is no second event. */
  const twice = async (send: () => Promise<Answer>, status: number) => {
    for (const answer of [await send(), await send()])
      assert.strictEqual(answer.status, status, answer.text)
  }

  const join = async () => {
    const { register, login, post } = use()
    const email = `${unique("grace")}@example.com`
    const { id, code } = await register(email)
    await twice(() => post("/api/auth/verify-otp", { verificationId: id, otp: code }), 200)
    return { verificationId: id, ...(await login(email, password)) }
  }

  const kinds = (events: ReadonlyArray<Event>) => events.map(({ kind }) => kind)

  describe("the life of an account", () => {
    it("is recorded from registration to logout, with actor, subject and address", async () => {
      const { post } = use()
      const { id, email, refreshToken, verificationId } = await join()
      await post("/api/auth/login", { email, password: "not this one" })
      await post("/api/auth/register", { email, password })
      await post("/api/auth/logout", { refreshToken })
      const events = await eventsOf(id, "logged_out")
      assert.deepStrictEqual(kinds(events), [
        "logged_out",
        "address_taken",
        "login_failed",
        "login_succeeded",
        "address_proven"
      ])
      assert.deepStrictEqual(
        events.map(({ outcome }) => outcome),
        ["success", "failure", "failure", "success", "success"]
      )
      const [out, taken, failed, succeeded, proven] = events
      const address = "g***@example.com"
      const { sessionId } = succeeded?.subject ?? {}
      assert.deepStrictEqual(succeeded?.actor, {
        type: "user",
        userId: id,
        sessionId,
        role: "user"
      })
      assert.deepStrictEqual(succeeded?.subject, { userId: id, sessionId })
      assert.deepStrictEqual(out?.actor, { type: "user", userId: id, sessionId, role: null })
      assert.isNull(failed?.actor)
      assert.deepStrictEqual(failed?.subject, { userId: id, address })
      assert.deepInclude(taken?.subject, { userId: id, address })
      assert.deepStrictEqual(proven?.subject, { verificationId, userId: id, address })
      assert.isTrue(events.every(({ client }) => typeof client === "string"))
      assert.isTrue(events.every(({ requestId }) => typeof requestId === "string"))
    })

    it("records a registration, and wrong codes up to the limit, with their verification", async () => {
      const { post, register } = use()
      const { id, code } = await register(`${unique("new")}@example.com`)
      const otp = code === "000000" ? "000001" : "000000"
      const { requestId, call } = tagged()
      for (let attempt = 1; attempt <= 6; attempt++)
        await post("/api/auth/verify-otp", { verificationId: id, otp }, call)
      const exhausted = await eventOf(requestId, "code_exhausted")
      assert.deepStrictEqual(exhausted.subject, { verificationId: id })
      const { items } = await read("kind=code_wrong&limit=100")
      const wrong = items.filter(({ subject }) => subject["verificationId"] === id)
      assert.strictEqual(wrong.length, 5)
      const requested = (await read("kind=registration_requested&limit=100")).items.find(
        ({ subject }) => subject["verificationId"] === id
      )
      assert.strictEqual(requested?.subject["address"], "n***@example.com")
    })

    it("records a login to an address without an account, without a user", async () => {
      const { post } = use()
      const { requestId, call } = tagged()
      const email = `${unique("nobody")}@example.com`
      await post("/api/auth/login", { email, password }, call)
      const event = await eventOf(requestId, "login_failed")
      assert.deepStrictEqual(event.subject, { address: "n***@example.com" })
    })

    it("records a change and a reset of a password, and the sessions that these end", async () => {
      const { post, get, call, login, mailAbout } = use()
      const { id, email, token } = await join()
      const [first, second] = ["a first new password", "a second new password"]
      const change = { password: "not this one", newPassword: first }
      await post("/api/auth/change-password", change, { token })
      await post("/api/auth/change-password", { ...change, password }, { token })
      const { verificationId } = (await post("/api/auth/forgot-password", { email })).json
      const { text } = await mailAbout(email, "Your code for a new password")
      const reset = { verificationId, otp: text.match(/\b\d{6}\b/u)?.[0], password: second }
      await twice(() => post("/api/auth/reset-password", reset), 204)
      const again = await login(email, second)
      await login(email, second)
      const { items } = (await get("/api/auth/sessions", { token: again.token })).json
      const [{ id: sessionId }] = items
      await call("DELETE", `/api/auth/sessions/${sessionId}`, { token: again.token })
      await call("DELETE", "/api/auth/sessions", { token: again.token })
      const events = await eventsOf(id, "session_ended", 2)
      assert.deepStrictEqual(kinds(events).slice(0, -2), [
        "session_ended",
        "session_ended",
        "login_succeeded",
        "login_succeeded",
        "password_reset",
        "password_reset_requested",
        "password_changed",
        "login_failed"
      ])
      const [allEnded, oneEnded, , , done, requested, changed, wrong] = events
      assert.deepStrictEqual(allEnded?.subject, { userId: id })
      assert.deepStrictEqual(oneEnded?.subject, { userId: id, sessionId })
      assert.deepStrictEqual(done?.subject, { verificationId, userId: id })
      const address = "g***@example.com"
      assert.deepStrictEqual(requested?.subject, { verificationId, userId: id, address })
      assert.deepInclude(changed?.actor, { type: "user", userId: id })
      assert.deepStrictEqual(wrong?.subject, { userId: id })
    })

    it("records the reuse of an old refresh token, and not a late tab", async () => {
      const { post } = use()
      const { id, refreshToken: first } = await join()
      const second = (await post("/api/auth/refresh", { refreshToken: first })).json.refreshToken
      await post("/api/auth/refresh", { refreshToken: first })
      await post("/api/auth/refresh", { refreshToken: second })
      await post("/api/auth/refresh", { refreshToken: first })
      const events = await eventsOf(id, "refresh_reused")
      const reused = events.filter(({ kind }) => kind === "refresh_reused")
      assert.strictEqual(reused.length, 1)
      assert.isNull(reused[0]?.actor)
      assert.strictEqual(reused[0]?.subject["userId"], id)
    })

    it("records a logout once, also when its revoked token is sent again", async () => {
      const { post, login } = use()
      const { id, email, refreshToken } = await join()
      for (const _ of [1, 2, 3]) await post("/api/auth/logout", { refreshToken })
      await login(email, password)
      const events = await eventsOf(id, "login_succeeded")
      assert.strictEqual(events.filter(({ kind }) => kind === "logged_out").length, 1)
    })

    it("records a logout with the previous refresh token as a logout", async () => {
      const { post } = use()
      const { id, refreshToken } = await join()
      await post("/api/auth/refresh", { refreshToken })
      await post("/api/auth/logout", { refreshToken })
      const [newest] = await eventsOf(id, "logged_out")
      assert.deepInclude(newest?.actor, { type: "user", userId: id })
    })

    it("records a logout with a token of two refreshes ago as a reuse, and tells its owner", async () => {
      const { post, mailAbout } = use()
      const { id, email, refreshToken: first } = await join()
      const second = (await post("/api/auth/refresh", { refreshToken: first })).json.refreshToken
      const third = (await post("/api/auth/refresh", { refreshToken: second })).json.refreshToken
      assert.strictEqual((await post("/api/auth/logout", { refreshToken: first })).status, 204)
      const revoked = await post("/api/auth/refresh", { refreshToken: third })
      expectProblem(revoked, 401, "session_revoked")
      const events = await eventsOf(id, "refresh_reused")
      assert.deepStrictEqual(kinds(events).slice(0, 2), ["refresh_reused", "login_succeeded"])
      assert.isNull(events[0]?.actor)
      assert.deepStrictEqual(events[0]?.subject, events[1]?.subject)
      await mailAbout(email, "One of your logins was ended")
    })

    it("records the end of all sessions, unless none was left", async () => {
      const { call, login } = use()
      const { id, email, token } = await join()
      for (const _ of [1, 2, 3]) await call("DELETE", "/api/auth/sessions", { token })
      await login(email, password)
      const events = await eventsOf(id, "login_succeeded")
      const ended = events.filter(({ kind }) => kind === "session_ended")
      assert.deepStrictEqual(
        ended.map(({ details }) => details),
        [{ matched: 1 }]
      )
    })

    it("records that a phone was added, verified and removed, by its last digits", async () => {
      const { post, call, login, codeFor } = use()
      const { id, email, token } = await join()
      const phone = uniquePhone()
      const asked = await post("/api/auth/phone", { phone }, { token })
      const verificationId = asked.json.verificationId
      const proof = { verificationId, otp: await codeFor(phone) }
      await twice(() => post("/api/auth/verify-otp", proof), 200)
      for (const _ of [1, 2]) await call("DELETE", "/api/auth/phone", { token })
      await login(email, password)
      const [, removed, changed, requested] = await eventsOf(id, "login_succeeded")
      const address = `+***${phone.slice(-2)}`
      assert.deepInclude(removed, { kind: "phone_removed", subject: { userId: id, address } })
      const subject = { verificationId, userId: id, address }
      assert.deepStrictEqual(changed?.subject, subject)
      assert.deepStrictEqual(
        [requested?.kind, requested?.subject],
        ["phone_change_requested", subject]
      )
    })
  })

  describe("what administrators do", () => {
    it("to products and stock is recorded, once for a request that was sent twice", async () => {
      const { admin, call, post, product } = use()
      const sku = await product(0)
      const adjust = { delta: 7, reason: "delivery" }
      const headers = { "idempotency-key": unique("key") }
      for (const _ of [1, 2])
        await post(`/api/products/${sku}/stock`, adjust, { token: admin.token, headers })
      await post(`/api/products/${sku}/stock`, { ...adjust, delta: -100 }, { token: admin.token })
      const { requestId, call: options } = tagged(admin.token)
      await call("DELETE", `/api/products/${sku}`, options)
      await eventOf(requestId, "product_removed")
      const { items } = await read(`userId=${admin.id}&limit=100`)
      const events = items.filter(({ subject }) => subject["sku"] === sku)
      assert.deepStrictEqual(kinds(events), ["product_removed", "stock_adjusted", "product_saved"])
      assert.deepStrictEqual(events[1]?.details, {
        delta: 7,
        reason: "delivery",
        before: { available: 0 },
        after: { available: 7 }
      })
      assert.deepInclude(events[1]?.actor, { type: "user", userId: admin.id, role: "admin" })
    })

    it("to a price is recorded with the old and the new one, unless nothing changed", async () => {
      const { admin, call, product } = use()
      const sku = await product(0, { name: "Kettle", unitPrice: 6450 })
      const put = (change: object) =>
        call("PUT", `/api/products/${sku}`, {
          token: admin.token,
          json: { name: "Kettle", unitPrice: 6450, currency: "EUR", ...change }
        })
      for (const unitPrice of [1, 1, 6450]) await put({ unitPrice, reason: "a new price" })
      await put({ name: "Teapot" })
      const patch = (json: object) =>
        call("PATCH", `/api/products/${sku}`, { token: admin.token, json })
      await patch({ description: "Of steel" })
      await patch({ active: false, reason: "out of season" })
      await call("DELETE", `/api/products/${sku}?reason=no%20longer%20made`, {
        token: admin.token
      })
      const { requestId, call: options } = tagged(admin.token)
      const back = { name: "Teapot", unitPrice: 700, currency: "USD" }
      await call("PUT", `/api/products/${sku}`, { ...options, json: back })
      await eventOf(requestId, "product_saved")
      const { items } = await read(`userId=${admin.id}&limit=100`)
      const events = items.filter(({ subject }) => subject["sku"] === sku).toReversed()
      const eur = (unitPrice: number) => ({ unitPrice, currency: "EUR" })
      const why = { reason: "a new price" }
      assert.deepStrictEqual(
        events.map(({ kind, details }) => [kind, details]),
        [
          ["product_saved", { after: eur(6450) }],
          ["product_saved", { before: eur(6450), after: eur(1), renamed: false, ...why }],
          ["product_saved", { before: eur(1), after: eur(6450), renamed: false, ...why }],
          ["product_saved", { before: eur(6450), after: eur(6450), renamed: true }],
          [
            "product_saved",
            { before: eur(6450), after: eur(6450), renamed: false, redescribed: true }
          ],
          [
            "product_saved",
            {
              before: eur(6450),
              after: { ...eur(6450), active: false },
              renamed: false,
              reason: "out of season"
            }
          ],
          [
            "product_removed",
            { before: { ...eur(6450), active: false }, reason: "no longer made" }
          ],
          ["product_saved", { after: { unitPrice: 700, currency: "USD" } }]
        ]
      )
    })

    it("with another user's orders is recorded when they read them, also from the cache", async () => {
      const { admin, ada, get, order, product } = use()
      const { id } = (await order(ada, [{ sku: await product(1), quantity: 1 }])).json
      await get(`/api/orders/${id}`, { token: ada.token })
      const { requestId, call } = tagged(admin.token)
      assert.strictEqual((await get(`/api/orders/${id}`, call)).status, 200)
      const event = await eventOf(requestId, "order_read")
      assert.deepInclude(event.actor, { type: "user", userId: admin.id, role: "admin" })
      assert.deepStrictEqual(event.subject, { orderId: id, userId: ada.id })
      const mine = (await order(admin, [{ sku: await product(1), quantity: 1 }])).json
      await get(`/api/orders/${mine.id}`, { token: admin.token })
      const { items } = await read("kind=order_read&limit=100")
      const readers = items.filter(({ subject }) => [id, mine.id].includes(subject["orderId"]))
      assert.strictEqual(readers.length, 1)
    })

    it("to another user's orders is recorded, and not what their owners do", async () => {
      const { admin, ada, order, post, product } = use()
      const sku = await product(3)
      const line = [{ sku, quantity: 1 }]
      const ids = await Promise.all([1, 2, 3].map(async () => (await order(ada, line)).json.id))
      const [own, cancelled, failed] = ids
      await post(`/api/orders/${own}/cancel`, undefined, { token: ada.token })
      await post(`/api/orders/${cancelled}/cancel`, undefined, { token: admin.token })
      const { requestId, call } = tagged(admin.token)
      await post(`/api/admin/orders/${failed}/fail`, { reason: "a test" }, call)
      await post(`/api/admin/orders/${failed}/fail`, { reason: "a test" }, call)
      await eventOf(requestId, "order_failed")
      const { items } = await read(`userId=${ada.id}&limit=100`)
      const events = items.filter(({ subject }) => ids.includes(subject["orderId"]))
      assert.deepStrictEqual(
        events.map(({ kind, subject }) => [kind, subject["orderId"], subject["userId"]]),
        [
          ["order_failed", failed, ada.id],
          ["order_cancelled", cancelled, ada.id]
        ]
      )
    })

    it.each(["redrive", "drop"])("to dead letters is recorded: %s", async (verb) => {
      const { admin, post } = use()
      const { requestId, call } = tagged(admin.token)
      const reason = "its order is settled"
      await post(`/api/admin/dead-letters/${verb}`, { ids: ["nowhere"], reason }, call)
      const kind = `dead_letters_${{ redrive: "redriven", drop: "dropped" }[verb]}`
      const event = await eventOf(requestId, kind)
      assert.deepStrictEqual(
        [event.subject, event.details],
        [{}, { matched: 0, notFound: 1, reason }]
      )
    })
  })

  describe("a refused call", () => {
    it("is recorded: an administrators' endpoint", async () => {
      const { bob, get } = use()
      const { requestId, call } = tagged(bob.token)
      expectProblem(await get("/api/admin/events", call), 403, "forbidden")
      const event = await eventOf(requestId, "access_denied")
      assert.deepInclude(event.actor, { userId: bob.id, role: "user" })
      assert.deepStrictEqual(event.subject, { operation: "listEvents" })
    })

    it("is recorded: another user's order", async () => {
      const { ada, bob, get, order, product } = use()
      const { id } = (await order(ada, [{ sku: await product(1), quantity: 1 }])).json
      const { requestId, call } = tagged(bob.token)
      expectProblem(await get(`/api/orders/${id}`, call), 404, "not_found")
      const event = await eventOf(requestId, "access_denied")
      assert.strictEqual(event.actor.userId, bob.id)
      assert.deepStrictEqual(event.subject, { orderId: id, userId: ada.id })
    })
  })

  describe("the list", () => {
    it("comes page by page, newest first", async () => {
      const first = await read("limit=2")
      const second = await read(`limit=2&cursor=${first.nextCursor}`)
      const ids = [...first.items, ...second.items].map(({ id }) => id)
      assert.strictEqual(new Set(ids).size, 4)
      assert.deepStrictEqual(ids, ids.toSorted().toReversed())
    })

    it("takes empty parameters as absent", async () => {
      const { admin, get } = use()
      const query = "kind=&userId=&cursor=&limit="
      const { status } = await get(`/api/admin/events?${query}`, { token: admin.token })
      assert.strictEqual(status, 200)
    })

    it.each(["kind=anything", "userId=1", "cursor=1", "limit=0", "limit=101", "user=1"])(
      "refuses ?%s",
      async (query) => {
        const { admin, get } = use()
        const answer = await get(`/api/admin/events?${query}`, { token: admin.token })
        expectProblem(answer, 400, "invalid_request")
      }
    )
  })
}
