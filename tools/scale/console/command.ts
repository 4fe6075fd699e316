// `npm run scale -- console`: how long the console's pages take on many orders. Ends with 1 where one of them mostly takes
// longer than an operator should wait.
import { parseArgs } from "node:util"
import { Effect, Option, Redacted } from "effect"
import type { Connection } from "mongoose"
import { accountModel } from "../../../src/layers/mongo/AccountModel.ts"
import * as MongoConnection from "../../../src/layers/mongo/MongoConnection.ts"
import { productModel, toProductDocument } from "../../../src/layers/mongo/ProductModel.ts"
import type { UserId } from "../../../src/services/ids.ts"
import type { Order } from "../../../src/services/orders/model/Order.ts"
import { addSeconds } from "../../../src/services/time.ts"
import { apiFlags } from "../../bench/contestant.ts"
import { type Command, makeSay, print, writeRaw } from "../../harness/command.ts"
import { programs, urlOf } from "../../harness/deployment.ts"
import { wholeNumber } from "../../harness/options.ts"
import { run } from "../../harness/program.ts"
import type { System } from "../../harness/system.ts"
import { type Columns, table } from "../../harness/table.ts"
import { onSystem } from "../onSystem.ts"
import { everyday, orderAt, seldom, storeOrders, usersOfOrders, wholesale } from "../orders/seed.ts"
import { enterConsole } from "./visitor.ts"

interface Options {
  readonly orders: number
  readonly visits: number
  readonly out: string
}

/** Of a page, in the middle of its visits. */
const mostMs = 100

/** What the overview has counted is shown for a second: each visit comes later. */
const pauseMs = 1100
const remembered = new Set(["/console", "/console/now"])

const say = makeSay()

const emailOf = (id: UserId): string =>
  id === wholesale ? "wholesale@example.com" : `customer-${id}@example.com`

const storeCustomers = async (connection: Connection, at: Date): Promise<void> => {
  const { collection } = accountModel(connection)
  await collection.insertMany(
    usersOfOrders.map((id) => ({
      _id: id,
      email: emailOf(id),
      name: null,
      phone: null,
      role: "user" as const,
      passwordHash: "none",
      passwordVersion: 0,
      codeFailures: 0,
      phoneRemovals: 0,
      createdAt: at
    }))
  )
}

/** Each fifth of them is low. */
const storeProducts = async (connection: Connection, at: Date): Promise<void> => {
  const { collection } = productModel(connection)
  const skus = [everyday, seldom, ...Array.from({ length: 1000 }, (_, i) => `sku-${i}`)]
  await collection.insertMany(
    skus.map((sku, i) => {
      const thing = { sku, name: "Thing", unitPrice: 250, currency: "EUR" } as const
      return toProductDocument({ ...thing, available: i % 5 === 0 ? 3 : 500 }, at)
    })
  )
}

const store = (uri: string, count: number, end: Date): Promise<void> =>
  Effect.runPromise(
    Effect.gen(function* () {
      const { mongoose } = yield* MongoConnection.MongoConnection
      yield* Effect.promise(async () => {
        await storeCustomers(mongoose, end)
        await storeProducts(mongoose, end)
        await storeOrders(mongoose, count, end, (stored) => {
          if (stored % 100_000 === 0) say(`${stored} orders`)
        })
      })
    }).pipe(Effect.provide(MongoConnection.layer({ uri: Redacted.make(uri) })), Effect.orDie)
  )

/** The newest that needs attention. */
const flaggedOrder = (count: number, end: Date): Order => {
  for (let i = count - 1; i >= 0; i--) {
    const { order, needsAttention } = orderAt(i, count, end)
    if (Option.isSome(needsAttention)) return order
  }
  throw new Error(`none of ${count} orders needs attention`)
}

/** What an operator asks for, each kind of search among it. Dead letters are no matter of orders: see docs/console.md. */
const pathsOf = (count: number, end: Date): ReadonlyArray<string> => {
  const { order } = orderAt(Math.floor(count / 2), count, end)
  const from = addSeconds(end, -20 * 24 * 3600)
    .toISOString()
    .slice(0, 10)
  return [
    "/console",
    "/console/now",
    "/console/orders",
    `/console/orders?cursor=${order.id}`,
    "/console/orders?attention=true",
    "/console/orders?status=pending",
    "/console/orders?status=failed",
    "/console/orders?mail=undeliverable",
    `/console/orders?order=${order.number}`,
    `/console/orders?email=${emailOf(wholesale)}`,
    `/console/orders?sku=${everyday}`,
    `/console/orders?sku=${seldom}`,
    `/console/orders?sku=${everyday}&status=failed&from=${from}`,
    `/console/orders/${order.id}`,
    `/console/orders/${order.id}/now`,
    `/console/orders/${order.id}/fulfil`,
    `/console/orders/${flaggedOrder(count, end).id}`,
    "/console/products",
    `/console/products/${everyday}`,
    "/console/stock-import",
    "/console/dead-letters",
    "/console/customers",
    `/console/customers/${order.userId}`,
    "/console/audit"
  ]
}

interface Result {
  readonly path: string
  readonly firstMs: number
  readonly middleMs: number
  readonly longestMs: number
}

const columns: Columns<Result> = [
  ["page", ({ path }) => path],
  ["first ms", ({ firstMs }) => firstMs.toFixed(0)],
  ["middle ms", ({ middleMs }) => middleMs.toFixed(0)],
  ["longest ms", ({ longestMs }) => longestMs.toFixed(0)]
]

async function measure(system: System, { orders, visits, out }: Options): Promise<number> {
  const end = new Date(Math.floor(Date.now() / 1000) * 1000)
  await store(system.env["MONGO_URI"] ?? "", orders, end)
  // It ends with this process.
  const url = await urlOf(run([...apiFlags, ...programs.api], system.env))
  const { visit } = await enterConsole(url, await system.signUp(url, "operator", "admin"))
  const results: Array<Result> = []
  for (const path of pathsOf(orders, end)) {
    const firstMs = await visit(path)
    const times: Array<number> = []
    for (let i = 0; i < visits; i++) {
      if (remembered.has(path)) await new Promise((resolve) => setTimeout(resolve, pauseMs))
      times.push(await visit(path))
    }
    times.sort((a, b) => a - b)
    const middleMs = times[Math.floor(times.length / 2)] ?? 0
    results.push({ path, firstMs, middleMs, longestMs: times.at(-1) ?? 0 })
  }
  writeRaw(out, { orders, visits, results })
  print(`\n${table(columns, results)}\n`)
  const slow = results.filter(({ middleMs }) => middleMs > mostMs)
  for (const { path, middleMs } of slow) print(`BROKEN: ${path} takes ${middleMs.toFixed(0)} ms`)
  print(`Raw results: ${out}`)
  return slow.length === 0 ? 0 : 1
}

const main = (options: Options): Promise<number> =>
  onSystem(say, (system) => measure(system, options))

export const consolePages: Command<Options> = {
  usage: [
    "Usage: npm run scale -- console [--orders N] [--visits N] [--out FILE]",
    "  --orders     how many are generated (default 1000000)",
    "  --visits     to each page, after a first one (default 20)",
    "  --out        where the raw results go (default results/scale-console.json)"
  ].join("\n"),
  read: (args) => {
    const { values } = parseArgs({
      args: [...args],
      options: {
        orders: { type: "string", default: "1000000" },
        visits: { type: "string", default: "20" },
        out: { type: "string", default: "results/scale-console.json" }
      }
    })
    return {
      orders: wholeNumber("orders", values.orders, 1000),
      visits: wholeNumber("visits", values.visits, 1),
      out: values.out
    }
  },
  main
}
