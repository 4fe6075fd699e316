// A list of stock movements is brought in as a whole or not at all, and once.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as RandomIdGenerator from "../../../src/layers/crypto/RandomIdGenerator.ts"
import * as MemoryAuditLog from "../../../src/layers/memory/MemoryAuditLog.ts"
import * as MemoryDatabase from "../../../src/layers/memory/MemoryDatabase.ts"
import * as MemoryProductStore from "../../../src/layers/memory/MemoryProductStore.ts"
import * as FiberBackground from "../../../src/layers/runtime/FiberBackground.ts"
import { UserId } from "../../../src/services/ids.ts"
import { getProduct } from "../../../src/services/products/browse.ts"
import {
  importStock,
  planStockImport,
  type StockLine
} from "../../../src/services/products/importStock.ts"
import { removeProduct } from "../../../src/services/products/manage.ts"
import { ProductStore } from "../../../src/services/products/ports/ProductStore.ts"
import { seedCatalogue } from "../../../src/services/products/seedCatalogue.ts"

const system = FiberBackground.layer({ shutdownSeconds: 1 }).pipe(
  Layer.provideMerge(
    Layer.mergeAll(
      MemoryProductStore.layer.pipe(Layer.provide(MemoryDatabase.layer)),
      MemoryAuditLog.layer(),
      RandomIdGenerator.layer
    )
  )
)

const actorId = UserId.make("cli")
const line = (at: number, sku: string, delta: number): StockLine => ({
  ...{ line: at, sku, delta },
  reason: "delivery"
})
const plan = (lines: ReadonlyArray<StockLine>, key = "file") =>
  planStockImport({ lines, key, actorId })
const pieces = (sku: string) => Effect.map(getProduct(sku), ({ available }) => available)

/** 25 kettles and 40 grinders are in stock. */
const inShop = <A, E>(work: Effect.Effect<A, E, Layer.Success<typeof system>>) =>
  Effect.andThen(seedCatalogue(), work).pipe(Effect.provide(system))

describe("an import", () => {
  it.effect("moves each line once, also when it runs again", () =>
    inShop(
      Effect.gen(function* () {
        const lines = [line(2, "kettle", 5), line(3, "kettle", 5), line(4, "grinder", -40)]
        const reports: Array<string> = []
        yield* importStock(yield* plan(lines), (done, of) => reports.push(`${done}/${of}`))
        assert.deepStrictEqual(reports, ["1/3", "2/3", "3/3"])
        const again = yield* plan(lines)
        assert.lengthOf(again.left, 0)
        assert.lengthOf(again.before, 3)
        yield* importStock(again, () => assert.fail("nothing is left"))
        assert.deepStrictEqual([yield* pieces("kettle"), yield* pieces("grinder")], [35, 0])
        const other = yield* plan(lines.slice(0, 2), "another file")
        assert.lengthOf(other.left, 2)
      })
    )
  )

  it.effect("continues where an earlier one was interrupted", () =>
    inShop(
      Effect.gen(function* () {
        const lines = [line(2, "kettle", -20), line(3, "kettle", -5)]
        const whole = yield* plan(lines)
        yield* importStock({ ...whole, left: whole.left.slice(0, 1) }, () => {})
        const rest = yield* plan(lines)
        assert.deepStrictEqual(
          rest.left.map((entry) => entry.line.line),
          [3]
        )
        yield* importStock(rest, () => {})
        assert.strictEqual(yield* pieces("kettle"), 0)
      })
    )
  )

  it.effect("names all impossible lines, and moves nothing", () =>
    inShop(
      Effect.gen(function* () {
        const error = yield* Effect.flip(
          plan([
            line(2, "kettle", -20),
            line(3, "nowhere", 1),
            line(4, "kettle", -6),
            line(5, "kettle", -5)
          ])
        )
        assert(error._tag === "StockLinesRefused")
        assert.deepStrictEqual(error.problems, [
          { line: 3, problem: "no product nowhere is in the catalogue" },
          { line: 4, problem: "of kettle only 5 are in stock by then" }
        ])
        assert.strictEqual(yield* pieces("kettle"), 25)
      })
    )
  )

  it.effect("stops when the stock has changed since the check, and says what is done", () =>
    inShop(
      Effect.gen(function* () {
        const checked = yield* plan([
          line(2, "grinder", 1),
          line(3, "kettle", -25),
          line(4, "mug-blue", 1)
        ])
        const store = yield* ProductStore
        const stolen = yield* plan([line(2, "kettle", -1)], "meanwhile")
        yield* importStock(stolen, () => {})
        const error = yield* Effect.flip(importStock(checked, () => {}))
        assert(error._tag === "StockImportStopped")
        assert.include(error.message, "line 3: of kettle only 24 are in stock. The 1 lines before")
        assert.deepStrictEqual([yield* pieces("grinder"), yield* pieces("mug-blue")], [41, 120])
        assert.isTrue((yield* store.audit).every(({ available }) => available >= 0))
      })
    )
  )

  it.effect("stops when a product was removed since the check", () =>
    inShop(
      Effect.gen(function* () {
        const checked = yield* plan([line(2, "kettle", 1)])
        yield* removeProduct("kettle")
        const error = yield* Effect.flip(importStock(checked, () => {}))
        assert.include(error.message, "line 2: no product kettle is in the catalogue any more.")
      })
    )
  )
})
