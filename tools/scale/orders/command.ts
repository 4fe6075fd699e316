// `npm run scale -- orders`: what searches of operators make MongoDB look at, for every combination of conditions, on many
// orders. Ends with 1 where a search that an index bounds looks at more than ten times its page.
import { parseArgs } from "node:util"
import { Effect, Layer, Option, Redacted } from "effect"
import * as MongoConnection from "../../../src/layers/mongo/MongoConnection.ts"
import * as MongoOrderSearch from "../../../src/layers/mongo/MongoOrderSearch.ts"
import { migrate } from "../../../src/layers/mongo/migrate.ts"
import {
  isBounded,
  type OrderFilter,
  searchPathOf
} from "../../../src/services/orders/model/orderFilter.ts"
import {
  type Command,
  makeSay,
  print,
  stopWhenInterrupted,
  writeRaw
} from "../../harness/command.ts"
import { startMongo, withDatabase } from "../../harness/mongo.ts"
import { wholeNumber } from "../../harness/options.ts"
import { type Columns, table } from "../../harness/table.ts"
import { makeTogether } from "../../harness/together.ts"
import { type Examined, makeExamine } from "./examine.ts"
import { nameOf, searchesOf } from "./searches.ts"
import { storeOrders } from "./seed.ts"

interface Options {
  readonly orders: number
  readonly out: string
}

const page = 20
const mostPerRow = 10

interface Result extends Examined {
  readonly conditions: string
  readonly path: string
  readonly bounded: boolean
}

const say = makeSay()

const resultOf = (filter: OrderFilter, examined: Examined): Result => ({
  conditions: nameOf(filter),
  path: searchPathOf(filter),
  bounded: isBounded(filter),
  ...examined
})

const examineAll = Effect.fnUntraced(function* (count: number) {
  const { mongoose } = yield* MongoConnection.MongoConnection
  const end = new Date(Math.floor(Date.now() / 1000) * 1000)
  yield* migrate
  yield* Effect.promise(() =>
    storeOrders(mongoose, count, end, (stored) => {
      if (stored % 100_000 === 0) say(`${stored} orders`)
    })
  )
  const examine = yield* makeExamine
  const searches = searchesOf(count, end)
  say(`${searches.length} searches`)
  return yield* Effect.forEach(searches, (filter) =>
    Effect.map(examine({ filter, before: Option.none(), limit: page }), (examined) =>
      resultOf(filter, examined)
    )
  )
})

const most = (results: ReadonlyArray<Result>, value: (result: Result) => number): string =>
  String(Math.ceil(Math.max(...results.map(value))))

/** One row for all searches with the same conditions. */
const columns: Columns<readonly [string, ReadonlyArray<Result>]> = [
  ["conditions", ([name]) => name],
  ["by", ([, [first]]) => first?.path ?? ""],
  ["searches", ([, results]) => String(results.length)],
  ["most keys", ([, results]) => most(results, ({ keys }) => keys)],
  ["most documents", ([, results]) => most(results, ({ documents }) => documents)],
  ["most ms", ([, results]) => most(results, ({ milliseconds }) => milliseconds)]
]

const isTooMuch = ({ bounded, keys, documents }: Result): boolean =>
  bounded && Math.max(keys, documents) > mostPerRow * page

async function main({ orders, out }: Options): Promise<number> {
  const { keep, stop } = makeTogether()
  stopWhenInterrupted(say, stop)
  try {
    const { address } = await keep(startMongo())
    const uri = `${withDatabase(address.uri)}&monitorCommands=true`
    const connection = MongoConnection.layer({ uri: Redacted.make(uri) })
    const layers = MongoOrderSearch.layer.pipe(Layer.provideMerge(connection))
    const results = await Effect.runPromise(examineAll(orders).pipe(Effect.provide(layers)))
    writeRaw(out, { orders, page, results })
    const byName = Map.groupBy(results, ({ conditions }) => conditions)
    print(`\n${table(columns, Array.from(byName))}\n`)
    const broken = results.filter(isTooMuch)
    for (const { conditions, keys, documents } of broken)
      print(`BROKEN: ${conditions}: ${keys} keys and ${documents} documents for a page of ${page}`)
    print(`Raw results: ${out}`)
    return broken.length === 0 ? 0 : 1
  } finally {
    await stop()
  }
}

export const orders: Command<Options> = {
  usage: [
    "Usage: npm run scale -- orders [--orders N] [--out FILE]",
    "  --orders     how many are generated (default 1000000)",
    "  --out        where the raw results go (default results/scale-orders.json)"
  ].join("\n"),
  read: (args) => {
    const { values } = parseArgs({
      args: [...args],
      options: {
        orders: { type: "string", default: "1000000" },
        out: { type: "string", default: "results/scale-orders.json" }
      }
    })
    return { orders: wholeNumber("orders", values.orders, 1000), out: values.out }
  },
  main
}
