// The operators' console, from outside and without a script.
import { assert, beforeAll, describe, it } from "vitest"
import { followAtConsole } from "./follow.ts"
import { loggedIn, type Visitor, visitor } from "./visitor.ts"
import { unique, type World } from "./world.ts"

const unknownId = "0".repeat(32)

const lists = [
  "/console",
  "/console/now",
  "/console/orders",
  "/console/products",
  "/console/stock-import",
  "/console/dead-letters",
  "/console/dead-letters/list",
  "/console/customers",
  "/console/audit"
]

export const operatorsConsole = (use: () => World, settles: boolean): void => {
  let admin: Visitor
  beforeAll(async () => {
    admin = await loggedIn(use().target, use().target.admin)
  })

  const orderOfAda = async (quantity = 1) => {
    const { ada, order, product } = use()
    const sku = await product(9)
    const { id, number } = (await order(ada, [{ sku, quantity }])).json
    return { id: id as string, number: number as string, sku, page: `/console/orders/${id}` }
  }
  const statusOf = async (id: string): Promise<string> =>
    (await use().get(`/api/orders/${id}`, { token: use().admin.token })).json.status

  describe("logging in", () => {
    it.each(lists)("is where %s leads without a session", async (path) => {
      const seen = await visitor(use().target).get(`${path}?a=b`)
      const next = new URLSearchParams({ next: `${path}?a=b` })
      assert.deepStrictEqual([seen.status, seen.location], [303, `/console/login?${next}`])
    })

    it("leads back to the requested page, and to no other site", async () => {
      const { target } = use()
      const { email, password } = target.admin
      for (const [next, location] of [
        ["/console/orders?status=failed", "/console/orders?status=failed"],
        ["//elsewhere.test", "/console"],
        ["/console\\@elsewhere.test", "/console"],
        ["/consoles", "/console"]
      ] as const) {
        const seen = await visitor(target).post("/console/login", { email, password, next })
        assert.deepStrictEqual([seen.status, seen.location], [303, location])
      }
    })

    it("answers alike for a wrong password and an unknown address", async () => {
      const { target } = use()
      const tries = [target.admin.email, `${unique("nobody")}@example.com`].map(async (email) => {
        const seen = await visitor(target).post("/console/login", { email, password: "wrong one" })
        return [seen.status, seen.text.replaceAll(email, "EMAIL")]
      })
      const [known, unknown] = await Promise.all(tries)
      assert.deepStrictEqual(known, unknown)
      assert.strictEqual(known?.[0], 422)
      assert.match(String(known?.[1]), /The address or the password is wrong/u)
    })

    it("is for staff: a customer gets no session", async () => {
      const { target, ada } = use()
      const one = visitor(target)
      const seen = await one.post("/console/login", { email: ada.email, password: ada.password })
      assert.strictEqual(seen.status, 403)
      assert.match(seen.text, /this account is neither/u)
      assert.strictEqual(one.cookies.size, 0)
    })

    it("keeps the session in a cookie that no script and no other site gets", () => {
      const isLocal = use().target.origin.startsWith("http://127.0.0.1")
      const prefix = isLocal ? "console-" : "__Host-console-"
      const cookie = admin.cookies.get(`${prefix}session`) ?? ""
      assert.match(cookie, /; HttpOnly/u)
      assert.match(cookie, /; SameSite=Strict/u)
      assert.match(cookie, /; Path=\/(?:;|$)/u)
      assert.strictEqual(/; Secure/u.test(cookie), !isLocal)
      assert.include([...admin.cookies.keys()], `${prefix}device`)
    })

    it("has a token that no endpoint of the API accepts", async () => {
      const cookie = [...admin.cookies].find(([name]) => name.endsWith("session"))?.[1] ?? ""
      const token = cookie.split(";")[0] ?? ""
      const me = await use().get("/api/auth/me", { token })
      assert.strictEqual(me.status, 401)
      const refreshed = await use().post("/api/auth/refresh", { refreshToken: token })
      assert.strictEqual(refreshed.status, 401)
    })

    it("ends by logging out, also for a copy of the cookie", async () => {
      const { target } = use()
      const one = await loggedIn(target, target.admin)
      const copy = visitor(target)
      for (const [name, value] of one.cookies)
        (copy.cookies as Map<string, string>).set(name, value)
      assert.strictEqual((await copy.get("/console/orders")).status, 200)
      const out = await one.post("/console/logout", {})
      assert.deepStrictEqual([out.status, out.location], [303, "/console/login?out=1"])
      assert.match((await one.get(out.location)).text, /You are logged out/u)
      const seen = await copy.get("/console/orders")
      assert.match(seen.location, /^\/console\/login/u)
      assert.notInclude([...copy.cookies.keys()].join(), "session")
    })

    it("ends with the sessions of the account", async () => {
      const { target, call, login } = use()
      const one = await loggedIn(target, target.admin)
      const { token } = await login(target.admin.email, target.admin.password)
      const own = (await use().get("/api/auth/sessions", { token })).json.items
      // The console's own: the newest but that of this login.
      const { id } = own.filter(({ current }: { readonly current: boolean }) => !current)[0]
      assert.strictEqual((await call("DELETE", `/api/auth/sessions/${id}`, { token })).status, 204)
      assert.match((await one.get("/console")).location, /^\/console\/login/u)
    })
  })

  describe("a form", () => {
    const refusals: ReadonlyArray<
      readonly [string, Record<string, string>, Record<string, string>]
    > = [
      ["without its key", { key: "" }, {}],
      ["with another key", { key: unknownId }, {}],
      ["from another site, as the browser says", {}, { "sec-fetch-site": "cross-site" }],
      ["from a neighbour's host, as the browser says", {}, { "sec-fetch-site": "same-site" }],
      ["from another origin", {}, { origin: "https://elsewhere.test" }]
    ]
    it.each(refusals)("%s changes nothing", async (_, fields, headers) => {
      const { id, page } = await orderOfAda()
      await admin.get(page)
      const seen = await admin.post(`${page}/cancel`, fields, headers)
      assert.strictEqual(seen.status, 403, seen.text)
      assert.match(seen.text, /Nothing was changed/u)
      assert.notStrictEqual(await statusOf(id), "cancelled")
    })

    it("without a session leads to the login, and changes nothing", async () => {
      const { id, page } = await orderOfAda()
      const seen = await visitor(use().target).post(`${page}/cancel`, {})
      assert.deepStrictEqual([seen.status, seen.location], [303, "/console/login?next=%2Fconsole"])
      assert.notStrictEqual(await statusOf(id), "cancelled")
    })

    it("that is malformed is refused with a page", async () => {
      const { page } = await orderOfAda()
      const seen = await admin.post(`${page}/cancel`, {}, { "content-type": "application/json" })
      assert.strictEqual(seen.status, 415)
      assert.match(seen.text, /<h1>/u)
    })
  })

  describe("pages", () => {
    it.each(lists)("%s answers with a page", async (path) => {
      const seen = await admin.get(path)
      assert.strictEqual(seen.status, 200, seen.text)
      assert.match(seen.headers.get("content-type") ?? "", /^text\/html; charset=utf-8$/iu)
      if (path !== "/console/now") assert.match(seen.text, /^<!doctype html>.*<h1>/su)
    })

    it.each([
      "/console/nothing",
      `/console/orders/${unknownId}`,
      "/console/orders/%24ne",
      `/console/customers/${unknownId}`,
      "/console/products/unknown-one",
      "/console/files/style-0.css"
    ])("%s is a page that says that nothing was found", async (path) => {
      const seen = await admin.get(path)
      assert.strictEqual(seen.status, 404, seen.text)
      assert.match(seen.text, /<h1>Not found<\/h1>/u)
    })

    it("show what customers wrote as text, not as HTML", async () => {
      const { product, ada, order } = use()
      const name = `<img src=x onerror=alert(1)>"'&`
      const sku = await product(3, { name })
      const { id } = (await order(ada, [{ sku, quantity: 1 }])).json
      for (const path of [`/console/orders/${id}`, `/console/products/${sku}`]) {
        const { text } = await admin.get(path)
        assert.notInclude(text, "<img")
        assert.include(text, "&lt;img src=x")
      }
    })

    it("load files that browsers may cache forever", async () => {
      const { text } = await admin.get("/console")
      const [style = ""] = text.match(/\/console\/files\/style-[0-9a-f]{8}\.css/u) ?? []
      const file = await visitor(use().target).get(style)
      assert.strictEqual(file.status, 200)
      assert.match(file.headers.get("cache-control") ?? "", /immutable/u)
      const etag = file.headers.get("etag") ?? ""
      assert.strictEqual((await admin.get(style, { "if-none-match": etag })).status, 304)
    })

    it("reload as a whole when a part is requested after the session has ended", async () => {
      const seen = await visitor(use().target).get("/console/now", { "hx-request": "true" })
      assert.deepStrictEqual([seen.status, seen.headers.get("hx-refresh")], [204, "true"])
    })
  })

  describe("orders", () => {
    it("are found by each search condition", async () => {
      const { id, number, sku } = await orderOfAda()
      const { ada } = use()
      const queries = [
        `order=${id}`,
        `order=${number.replace("-", "+").toLowerCase()}`,
        `email=${encodeURIComponent(ada.email)}`,
        `sku=${sku}`,
        `sku=${sku}&status=&attention=&from=2026-01-01&to=2099-01-01`
      ]
      for (const query of queries) {
        const seen = await admin.get(`/console/orders?${query}`)
        assert.strictEqual(seen.status, 200, seen.text)
        assert.include(seen.text, `/console/orders/${id}"`)
        assert.include(seen.text, "<h2>Newest first</h2>")
      }
      assert.notInclude((await admin.get("/console/orders?sku=other")).text, id)
      assert.match((await admin.get("/console/orders?sku=other")).text, /No order fits/u)
    })

    it("need a time range when no index bounds the search", async () => {
      const seen = await admin.get("/console/orders?sku=other&status=pending")
      assert.strictEqual(seen.status, 400)
      assert.match(seen.text, /Placed from<\/strong> is needed/u)
      const mistyped = await admin.get("/console/orders?order=1&from=x")
      assert.match(
        mistyped.text,
        /Order number or id<\/strong> must be .*Placed from<\/strong> must be a day/su
      )
    })

    it("save a search under a name, and delete it", async () => {
      const query = "status=cancelled&mail=not_due"
      await admin.get("/console/orders")
      const kept = await admin.post("/console/orders", { do: "keep", name: "Mine <b>", query })
      assert.deepStrictEqual([kept.status, kept.location], [303, `/console/orders?${query}`])
      const shown = await admin.get(kept.location)
      assert.match(shown.text, /aria-current="true">Mine &lt;b&gt;</u)
      await admin.post("/console/orders", { do: "forget", query })
      assert.notInclude((await admin.get("/console/orders")).text, "Mine")
    })

    it("are cancelled after a page that explains what happens", async () => {
      const { id, sku, page } = await orderOfAda(2)
      const { available } = use()
      const before = await available(sku)
      assert.include((await admin.get(page)).text, `href="${page}/cancel"`)
      const asked = await admin.get(`${page}/cancel`)
      assert.match(asked.text, /its pieces are in stock again/u)
      const done = await admin.post(`${page}/cancel`, { reason: "asked by phone" })
      assert.deepStrictEqual([done.status, done.location], [303, `${page}?done=cancel`])
      const shown = await admin.get(done.location)
      assert.match(shown.text, /role="status">The order is cancelled/u)
      assert.include(shown.text, "asked by phone")
      assert.notInclude(shown.text, `href="${page}/cancel"`)
      assert.strictEqual(await statusOf(id), "cancelled")
      assert.strictEqual(await available(sku), before + 2)
      // Another visitor has the page open still.
      const again = await admin.post(`${page}/cancel`, {})
      assert.strictEqual(again.status, 409)
      assert.match(again.text, /does not allow this now/u)
    })

    it("are followed by the numbers of their versions, until they are settled", async () => {
      const { ada, post, target } = use()
      const { id, page } = await orderOfAda()
      const stream = await followAtConsole(target, id, { cookie: admin.cookie() })
      assert.strictEqual(stream.status, 200)
      assert.strictEqual(stream.headers.get("content-type"), "text/event-stream; charset=utf-8")
      assert.strictEqual(stream.headers.get("cache-control"), "no-store")
      const first = await stream.event()
      assert.strictEqual(String(first?.data), first?.id)
      const { token } = ada
      assert.strictEqual((await post(`/api/orders/${id}/cancel`, {}, { token })).status, 200)
      let last = first
      for (let next = await stream.event(); next !== undefined; next = await stream.event()) {
        assert.isAbove(next.data, last?.data)
        last = next
      }
      assert.isAbove(last?.data, first?.data)
      const [, shown] = /data-version="(\d+)"/u.exec((await admin.get(`${page}/now`)).text) ?? []
      assert.isAtLeast(Number(shown), last?.data)
      assert.notInclude((await admin.get(page)).text, "data-events")
    })

    it("are followed from the version that a page has, and no more after the newest", async () => {
      const { ada, post } = use()
      const { id, page } = await orderOfAda()
      assert.include((await admin.get(page)).text, `data-events="${page}/events"`)
      await post(`/api/orders/${id}/cancel`, {}, { token: ada.token })
      for (const known of ["0", "x", "-1"]) {
        const events = await admin.get(`${page}/events`, { "last-event-id": known })
        assert.match(events.text, /^retry: 3000\n\n(?:id: (\d+)\ndata: \1\n\n)+$/u)
      }
      const over = await admin.get(`${page}/events`, { "last-event-id": "999999" })
      assert.deepStrictEqual([over.status, over.text], [204, ""])
      for (const none of [unknownId, "%24ne"]) {
        const seen = await admin.get(`/console/orders/${none}/events`)
        assert.strictEqual(seen.status, 404)
      }
    })

    it("are marked as failed only with a reason", async () => {
      const { id, page } = await orderOfAda()
      await admin.get(`${page}/fail`)
      const without = await admin.post(`${page}/fail`, { reason: "  " })
      assert.strictEqual(without.status, 422)
      assert.match(without.text, /A reason is needed/u)
      assert.strictEqual((await admin.post(`${page}/fail`, { reason: "\u202e" })).status, 422)
      if ((await statusOf(id)) !== "pending") return
      assert.strictEqual((await admin.post(`${page}/fail`, { reason: "lost" })).status, 303)
      assert.strictEqual(await statusOf(id), "failed")
    })

    if (settles)
      it("are mailed again and fulfilled once they are confirmed", async () => {
        const { id, page } = await orderOfAda()
        const { settle } = use().target
        await settle?.(id)
        assert.strictEqual((await admin.get(`${page}/fail`)).status, 409)
        assert.strictEqual((await admin.post(`${page}/resend`, {})).location, `${page}?done=resend`)
        assert.match(
          (await admin.get(`${page}/now`)).text,
          /mail waiting.*hx-get|hx-get.*mail waiting/su
        )
        await settle?.(id)
        assert.strictEqual((await admin.post(`${page}/fulfil`, {})).location, `${page}?done=fulfil`)
        assert.strictEqual(await statusOf(id), "fulfilled")
        assert.match(
          (await admin.get(`${page}/now`)).text,
          /hx-get.*order&#39;s end:.*mail waiting/su
        )
        await settle?.(id)
        assert.notInclude((await admin.get(`${page}/now`)).text, "hx-get")
      })
  })

  describe("a product", () => {
    it("is changed, shown and hidden by its form", async () => {
      const { product, get } = use()
      const sku = await product(5)
      const path = `/console/products/${sku}`
      const fields = {
        what: "details",
        name: "Kettle",
        price: "64.05",
        category: "Equipment",
        picture: "https://pictures.example.com/kettle.jpg",
        description: "Of steel.\r\nHolds 0.9 l."
      }
      await admin.get(path)
      assert.strictEqual((await admin.post(path, fields)).location, `${path}?saved=1`)
      assert.strictEqual((await get(`/api/products/${sku}`)).status, 404)
      const list = await admin.get(`/console/products?active=false&q=${sku}`)
      assert.match(list.text, /Equipment.*not active/su)
      const shown = await admin.get(path)
      assert.match(shown.text, /value="64\.05".*Of steel\.\nHolds 0\.9 l\./su)
      await admin.post(path, { ...fields, active: "yes", category: "" })
      const { json } = await get(`/api/products/${sku}`)
      assert.deepInclude(json, {
        ...{ name: "Kettle", unitPrice: 6405, category: null, active: true },
        ...{ description: "Of steel.\nHolds 0.9 l.", picture: fields.picture }
      })
    })

    it("is not changed by an invalid form, which keeps what was typed", async () => {
      const { product, get } = use()
      const sku = await product(5)
      const path = `/console/products/${sku}`
      const fields = { what: "details", name: "Kettle", active: "yes" }
      await admin.get(path)
      for (const [price, picture, mistake] of [
        ["6,4", "", /<li>price must be an amount such as 24\.90/u],
        ["6.405", "", /<li>price /u],
        ["6.40", "http://example.com/a.jpg", /<li>picture must be an https URL/u]
      ] as const) {
        const refused = await admin.post(path, { ...fields, price, picture })
        assert.strictEqual(refused.status, 422)
        assert.match(refused.text, mistake)
        assert.include(refused.text, `value="${price}"`)
      }
      assert.strictEqual((await get(`/api/products/${sku}`)).json.name, "Thing")
    })
  })

  describe("stock", () => {
    it("is moved once, also when its form is sent twice", async () => {
      const { product, available } = use()
      const sku = await product(5)
      const path = `/console/products/${sku}`
      const { text } = await admin.get(path)
      const once = text.match(/name="once" value="([0-9a-f]{32})"/u)?.[1] ?? ""
      const fields = { once, delta: "+7", reason: "delivery 1" }
      for (let i = 0; i < 2; i++)
        assert.strictEqual((await admin.post(path, fields)).location, `${path}?moved=7`)
      assert.strictEqual(await available(sku), 12)
      assert.match(
        (await admin.get(`${path}?moved=7`)).text,
        /The stock is moved: \+7.*delivery 1/su
      )
      const other = await admin.post(path, { ...fields, delta: "1" })
      assert.strictEqual(other.status, 422)
    })

    it("reports all mistakes in a form, and keeps what was typed", async () => {
      const sku = await use().product(5)
      const path = `/console/products/${sku}`
      const once =
        (await admin.get(path)).text.match(/name="once" value="([0-9a-f]{32})"/u)?.[1] ?? ""
      const seen = await admin.post(path, { once, delta: "many", reason: "" })
      assert.strictEqual(seen.status, 422)
      assert.match(seen.text, /<li>Pieces .*<li>Reason /su)
      assert.match(seen.text, /value="many"/u)
      const short = await admin.post(path, { once, delta: "-6", reason: "lost" })
      assert.match(short.text, /only 5 are in stock/u)
      assert.strictEqual(await use().available(sku), 5)
    })

    it("comes from a CSV file: all errors together, a preview, then once", async () => {
      const { product, available } = use()
      const [one, two] = [await product(1), await product(1)]
      const path = "/console/stock-import"
      const sent = (text: string, action: string) => {
        const form = new FormData()
        form.set("file", new File([text], "stock.csv", { type: "text/csv" }))
        form.set("do", action)
        return admin.post(path, form)
      }
      await admin.get(path)
      const wrong = await sent(
        `sku,delta,reason\n${one},x,delivery\nnot a sku,1,delivery\n${two},0,\n`,
        "preview"
      )
      assert.strictEqual(wrong.status, 422)
      assert.match(wrong.text, /Line 2<.*Line 3<.*Line 4</su)
      const missing = await sent(`sku,delta,reason\nnone,1,a\n${one},-9,b\n`, "import")
      assert.match(missing.text, /no product none.*only 1 are in stock/su)
      const list = `sku,delta,reason\n${one},10,"delivery ""7"""\n${two},20,delivery\n`
      const preview = await sent(list, "preview")
      assert.strictEqual(preview.status, 200, preview.text)
      assert.match(preview.text, /Import 2 lines/u)
      assert.strictEqual(await available(one), 1)
      // As the preview's form sends it.
      const form = new FormData()
      form.set("list", list)
      form.set("do", "import")
      const done = await admin.post(path, form)
      assert.deepStrictEqual([done.status, done.location], [303, `${path}?imported=2`])
      assert.deepStrictEqual([await available(one), await available(two)], [11, 21])
      assert.match((await sent(list, "preview")).text, /Nothing is left to import/u)
      await sent(list, "import")
      assert.deepStrictEqual([await available(one), await available(two)], [11, 21])
    })
  })

  describe("customers", () => {
    it("are found by the beginning of their address", async () => {
      const { ada } = use()
      const start = encodeURIComponent(ada.email.slice(0, -12))
      assert.include((await admin.get(`/console/customers?email=${start}`)).text, ada.email)
      assert.match((await admin.get("/console/customers?email=zzzz")).text, /No address begins/u)
    })

    it("are disabled and enabled with a reason", async () => {
      const { join, post } = use()
      const eve = await join("eve")
      const page = `/console/customers/${eve.id}`
      assert.include((await admin.get(page)).text, `href="${page}/disable"`)
      assert.strictEqual((await admin.post(`${page}/disable`, { reason: "" })).status, 422)
      const done = await admin.post(`${page}/disable`, { reason: "stolen" })
      assert.strictEqual(done.location, `${page}?done=disable`)
      assert.match((await admin.get(done.location)).text, /The account is disabled.*stolen/su)
      const body = { email: eve.email, password: eve.password }
      assert.strictEqual((await post("/api/auth/login", body)).status, 401)
      assert.strictEqual((await admin.post(`${page}/enable`, { reason: "ok" })).status, 303)
      assert.strictEqual((await post("/api/auth/login", body)).status, 200)
      assert.strictEqual((await admin.post(`${page}/end-sessions`, { reason: "ok" })).status, 303)
      assert.match((await admin.get(page)).text, /No session of this account is active/u)
    })

    it("can't disable their own account", async () => {
      const page = `/console/customers/${use().admin.id}`
      assert.notInclude((await admin.get(page)).text, `href="${page}/disable"`)
      const seen = await admin.post(`${page}/disable`, { reason: "why not" })
      assert.strictEqual(seen.status, 409)
      assert.match(seen.text, /your own account/u)
    })
  })

  describe("dead letters", () => {
    it("are selected before they are redriven or dropped", async () => {
      for (const action of ["redrive", "drop"]) {
        const path = `/console/dead-letters/${action}`
        assert.match((await admin.get(path)).text, /No message was chosen/u)
        assert.strictEqual((await admin.post(path, {})).status, 422)
      }
      const asked = await admin.get("/console/dead-letters/drop?id=a&id=b&id=%3Cb%3E")
      assert.match(asked.text, /deletes 2 messages for good/u)
    })
  })

  it("audit events are found by kind and by user", async () => {
    const { admin: person } = use()
    const seen = await admin.get(`/console/audit?kind=login_succeeded&user=${person.id}`)
    assert.strictEqual(seen.status, 200)
    assert.include(seen.text, person.email)
    assert.notMatch(seen.text, /class="badges">order cancelled/u)
  })
}
