// What of the console needs more than a look from outside: every path by every role, dead letters, limits, and a system
// that has no room.
import { Effect } from "effect"
import { assert, it } from "vitest"
import { grantRole } from "../../src/services/accounts/changeRole.ts"
import { OrderId } from "../../src/services/ids.ts"
import { OrderQueue } from "../../src/services/orders/ports/OrderQueue.ts"
import { OrderStore } from "../../src/services/orders/ports/OrderStore.ts"
import { now } from "../../src/services/time.ts"
import { embedded } from "./embedded.ts"
import { loggedIn, visitor } from "./visitor.ts"
import { eventually, openWorld } from "./world.ts"

/** What support may not see. */
const forAdmins = new Set([
  "/console/orders/:id/fulfil",
  "/console/orders/:id/fail",
  "/console/products/:sku",
  "/console/stock-import",
  "/console/dead-letters",
  "/console/dead-letters/list",
  "/console/dead-letters/redrive",
  "/console/dead-letters/drop",
  "/console/customers/:id/disable",
  "/console/customers/:id/enable",
  "/console/customers/:id/end-sessions",
  "/console/audit"
])

const forAnyone = new Set(["/console/login", "/console/files/:name"])

it("guards every path: no page without a session, and no admins' page for support", async () => {
  await using system = await embedded()
  const { join, product, order, post, ada } = await openWorld(system)
  const grace = await join("grace")
  await system.run(grantRole(grace.email, "support"))
  const sku = await product(9)
  const place = async () => (await order(ada, [{ sku, quantity: 1 }])).json.id as string
  const [id, settled] = [await place(), await place()]
  await post(`/api/orders/${settled}/cancel`, {}, { token: ada.token })
  /** The stream of an order that is settled ends by itself. */
  const idFor = (path: string) => {
    if (path.includes("customers")) return ada.id
    return path.endsWith("/events") ? settled : id
  }
  const support = await loggedIn(system, grace)
  const admin = await loggedIn(system, system.admin)
  const paths = new Set(
    system.app.routes
      .filter(({ path, method }) => /^\/console(?:\/(?!\*)|$)/u.test(path) && method !== "ALL")
      .map(({ path, method }) => `${method} ${path}`)
  )
  assert.isAbove(paths.size, 25)
  for (const route of paths) {
    const [method = "", path = ""] = route.split(" ")
    if (forAnyone.has(path)) continue
    const own = path.replace(":sku", sku).replace(":id", idFor(path))
    const ask = (who: ReturnType<typeof visitor>) =>
      method === "GET" ? who.get(own) : who.post(own, { key: "" })
    const stranger = await ask(visitor(system))
    assert.deepStrictEqual(
      [stranger.status, stranger.location.split("?")[0]],
      [303, "/console/login"],
      route
    )
    if (method === "POST") {
      // A form without its key, which is looked at last.
      assert.strictEqual((await ask(admin)).status, 403, route)
      continue
    }
    assert.notInclude([303, 403], (await ask(admin)).status, route)
    assert.strictEqual((await ask(support)).status === 403, forAdmins.has(path), route)
  }
})

it("shows the dead letters of an order that needs attention in a part of the page", async () => {
  await using system = await embedded()
  const { product, order, ada } = await openWorld(system)
  const sku = await product(9)
  const place = async () => OrderId.make((await order(ada, [{ sku, quantity: 1 }])).json.id)
  const [id, other] = [await place(), await place()]
  await system.run(
    Effect.gen(function* () {
      const store = yield* OrderStore
      yield* store.flagAttention([id, other], "it fails", yield* now)
      const queue = yield* OrderQueue
      const deliveries = yield* queue.receive({ max: 10, waitSeconds: 0, visibilitySeconds: 60 })
      for (const delivery of deliveries)
        yield* queue.deadLetter(delivery, delivery.body.includes(id) ? "its own" : "another's")
    })
  )
  const admin = await loggedIn(system, system.admin)
  const path = `/console/orders/${id}/dead-letters`
  const { text } = await admin.get(`/console/orders/${id}`)
  assert.include(text, `hx-get="${path}"`)
  assert.include(text, `href="${path}"`)
  assert.notInclude(text, "its own")
  const page = await admin.get(path)
  assert.match(page.text, /^<!doctype html>.*its own/su)
  assert.notInclude(page.text, "another&#39;s")
  const part = await admin.get(path, { "hx-request": "true" })
  assert.match(part.text, /^<h2>Dead letters<\/h2>.*its own/su)
})

it("lists dead letters, processes one again and drops the rest", async () => {
  await using system = await embedded()
  await system.run(
    Effect.gen(function* () {
      const queue = yield* OrderQueue
      for (const body of ["one", "two", "<b>three</b>"])
        yield* queue.send([{ body, traceparent: "" }])
      const deliveries = yield* queue.receive({ max: 10, waitSeconds: 0, visibilitySeconds: 60 })
      for (const delivery of deliveries) yield* queue.deadLetter(delivery, "it does not decode")
    })
  )
  const admin = await loggedIn(system, system.admin)
  const path = "/console/dead-letters"
  const page = await admin.get(path)
  assert.include(page.text, `hx-get="${path}/list"`)
  assert.include(page.text, `href="${path}/list"`)
  assert.notInclude(page.text, "three")
  const { text } = await admin.get(`${path}/list`)
  assert.match(text, /^<!doctype html>.*&lt;b&gt;three/su)
  const part = await admin.get(`${path}/list`, { "hx-request": "true" })
  assert.match(part.text, /^<form method="get".*&lt;b&gt;three/su)
  const ids = Array.from(text.matchAll(/name="id" value="([^"]+)"/gu), ([, id = ""]) => id)
  assert.lengthOf(ids, 3)
  const [first = "", second = "", third = ""] = ids
  const asked = await admin.get(`${path}/redrive?id=${first}`)
  assert.match(asked.text, /sends 1 message back to the order queue/u)
  const redriven = await admin.post(`${path}/redrive`, { id: first })
  assert.strictEqual(redriven.location, `${path}?done=redrive&matched=1`)
  assert.match((await admin.get(redriven.location)).text, /1 message went back to the queue/u)
  const body = new FormData()
  for (const id of [second, third, first]) body.append("id", id)
  const dropped = await admin.post(`${path}/drop`, body)
  assert.strictEqual(dropped.location, `${path}?done=drop&matched=2&missing=1`)
  assert.match((await admin.get(`${path}/list`)).text, /No dead letter is here/u)
  const event = await eventually("the event", async () => {
    const seen = await admin.get("/console/audit?kind=dead_letters_dropped")
    return seen.text.includes("2 reached") && seen.text
  })
  assert.include(event, "1 not found")
})

it("counts failed logins as the API does, and shows a page when it refuses", async () => {
  await using system = await embedded({ rateLimitFactor: 1 })
  const { email } = system.admin
  for (let i = 0; i < 10; i++) {
    const seen = await visitor(system).post("/console/login", { email, password: "wrong one" })
    assert.strictEqual(seen.status, 422)
  }
  const right = await visitor(system).post("/console/login", system.admin)
  assert.strictEqual(right.status, 429)
  assert.match(right.text, /<h1>Too many requests<\/h1>/u)
  assert.match(right.headers.get("retry-after") ?? "", /^\d+$/u)
  const api = await system.fetch(
    new Request(`${system.origin}/api/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(system.admin)
    })
  )
  assert.strictEqual(api.status, 429)
})

it("shows a page when the process is overloaded", async () => {
  await using system = await embedded({ app: { maxInFlight: 0 } })
  const seen = await visitor(system).get("/console/login")
  assert.strictEqual(seen.status, 503)
  assert.match(seen.text, /<h1>Unavailable<\/h1>/u)
  assert.strictEqual(seen.headers.get("retry-after"), "2")
})

it("leaves the API's fast router as it is", async () => {
  await using system = await embedded()
  await system.fetch(new Request(`${system.origin}/api/products`))
  assert.strictEqual(system.app.router.name, "SmartRouter + RegExpRouter")
})
