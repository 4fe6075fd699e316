// A shop with something on every page, on embedded parts behind a real socket.
import { existsSync, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { Effect, Exit, Option, Scope } from "effect"
import { listen } from "../../src/http/NodeServer.ts"
import { findScalarScript, scalarFile } from "../../src/layers/scalar/scalarScript.ts"
import { grantRole } from "../../src/services/accounts/changeRole.ts"
import { OrderId } from "../../src/services/ids.ts"
import { ClaimId } from "../../src/services/orders/model/Order.ts"
import { OrderQueue } from "../../src/services/orders/ports/OrderQueue.ts"
import { OrderStore } from "../../src/services/orders/ports/OrderStore.ts"
import { addSeconds, now } from "../../src/services/time.ts"
import { writeScalarScript } from "../../tools/scalar/script.ts"
import { embedded } from "../conformance/embedded.ts"
import type { Target } from "../conformance/target.ts"
import { openWorld } from "../conformance/world.ts"

const htmx = () =>
  readFileSync(createRequire(import.meta.url).resolve("htmx.org/dist/htmx.min.js"), "utf8")

/** As the build lays it down; without a build it is laid down here. */
const scalarScript = async () => {
  if (!existsSync(scalarFile)) await writeScalarScript()
  return Option.getOrThrow(findScalarScript())
}

const products = [
  ["coffee-1kg", "Coffee beans, 1 kg", 2490, "EUR", 118],
  ["espresso-cups-6", "Six cups for espresso, hand-made in a small pottery", 3900, "EUR", 4],
  ["filter-papers-100", "100 filter papers", 499, "EUR", 0],
  [
    "GRINDER.XL_2026-professional-series-with-a-long-stock-keeping-ut",
    "A grinder",
    129_900,
    "EUR",
    2
  ],
  ["kettle", "Kettle", 5900, "EUR", 40]
] as const

/** The mail of a confirmed order, refused for good. */
const undeliverable = Effect.fnUntraced(function* (orderId: OrderId) {
  const store = yield* OrderStore
  const at = yield* now
  const claimId = ClaimId.make("c".repeat(32))
  yield* store.confirm([orderId], at)
  const { mails } = yield* store.claimMails({
    ...{ orderIds: [orderId], claimId, at, leaseUntil: addSeconds(at, 60) }
  })
  yield* store.recordMails(
    mails.map(({ kind, request }) => ({
      ...{ orderId, claimId, kind, request, at },
      outcome: { _tag: "Undeliverable", reason: "no such mailbox" }
    }))
  )
})

export const openShop = async () => {
  const system = await embedded({
    app: { bodiesAreFramed: true, htmx, scalar: await scalarScript() }
  })
  const scope = await system.run(Scope.make())
  const { port } = await system.run(
    Scope.provide(
      listen({ fetch: system.app.fetch, host: "127.0.0.1", port: 0, waitForClients: false }),
      scope
    )
  )
  const target: Target = {
    fetch,
    origin: `http://127.0.0.1:${port}`,
    admin: system.admin,
    settle: system.settle
  }
  const world = await openWorld(target)
  const { call, post, order, join, admin } = world
  const { token } = admin
  for (const [sku, name, unitPrice, currency, stock] of products) {
    const put = await call("PUT", `/api/products/${sku}`, {
      ...{ json: { name, unitPrice, currency }, token }
    })
    if (put.status >= 300) throw new Error(`${sku}: ${put.text}`)
    if (stock > 0)
      await post(`/api/products/${sku}/stock`, { delta: stock, reason: "delivery 4711" }, { token })
  }
  const grace = await join("grace-brewster-murray-hopper-of-the-very-long-addresses")
  const support = await join("support")
  await system.run(grantRole(support.email, "support"))
  const place = async (sku: string, quantity: number) =>
    OrderId.make((await order(grace, [{ sku, quantity }])).json.id)

  const ids = {
    pending: await place("coffee-1kg", 1),
    settled: await place("kettle", 2),
    fulfilled: await place("coffee-1kg", 3),
    cancelled: await place("coffee-1kg", 1),
    failed: await place("kettle", 1),
    undeliverable: await place("kettle", 1),
    flagged: await place("espresso-cups-6", 1)
  }
  await system.settle(ids.settled)
  await system.settle(ids.fulfilled)
  await post(`/api/admin/orders/${ids.fulfilled}/fulfil`, {}, { token })
  await post(`/api/orders/${ids.cancelled}/cancel`, { reason: "a wish by phone" }, { token })
  await post(`/api/admin/orders/${ids.failed}/fail`, { reason: "cannot be packed" }, { token })
  await system.run(undeliverable(ids.undeliverable))
  await system.run(
    Effect.gen(function* () {
      const store = yield* OrderStore
      yield* store.flagAttention([ids.flagged], "processing died: cannot read total", yield* now)
      const queue = yield* OrderQueue
      yield* queue.send([{ body: "not an order ".repeat(30), traceparent: "" }])
      const deliveries = yield* queue.receive({ max: 10, waitSeconds: 0, visibilitySeconds: 60 })
      for (const delivery of deliveries) yield* queue.deadLetter(delivery, "it does not decode")
    })
  )
  return {
    target,
    world,
    ids,
    customer: grace,
    support,
    close: async () => {
      await system.run(Scope.close(scope, Exit.void))
      await system[Symbol.asyncDispose]()
    }
  }
}
