// `migrate`, `seed` and `stock audit` of the command line.
import { Console, Data, Effect } from "effect"
import { migrate } from "../../layers/mongo/migrate.ts"
import { auditStock } from "../../services/products/auditStock.ts"
import { seedCatalogue } from "../../services/products/seedCatalogue.ts"

export class StockOff extends Data.TaggedError("StockOff")<{
  readonly skus: ReadonlyArray<string>
}> {
  override get message(): string {
    return `The books do not agree for ${this.skus.length} products: ${this.skus.join(", ")}`
  }
}

export const migrateDatabase = Effect.gen(function* () {
  for (const { collection, created, capped, filled, indexes } of yield* migrate) {
    const changes = [
      ...(created ? ["created"] : []),
      ...(capped ? ["bounded"] : []),
      ...(filled > 0 ? [`${filled} documents filled`] : []),
      ...indexes.map((name) => `index ${name}`)
    ]
    yield* Console.log(`${collection}: ${changes.join(", ") || "up to date"}`)
  }
})

export const seed = Effect.gen(function* () {
  const skus = yield* seedCatalogue()
  yield* Console.log(`for sale: ${skus.join(", ")}`)
})

/** Fails where the books of a product do not agree. */
export const auditBooks = Effect.gen(function* () {
  const { lines, off } = yield* auditStock
  for (const line of lines) {
    const { sku, available, moved, reserved } = line
    const verdict = off.includes(line) ? "OFF" : "ok"
    yield* Console.log(
      `${verdict}  ${sku}: available ${available} = moved ${moved} - reserved ${reserved}`
    )
  }
  if (off.length > 0) return yield* new StockOff({ skus: off.map(({ sku }) => sku) })
  yield* Console.log(`${lines.length} products, all books agree`)
})
