// `migrate` and `seed` of the command line.
import { Effect } from "effect"
import { type Migration, migrate } from "../../layers/mongo/migrate.ts"
import { seedCatalogue } from "../../services/products/seedCatalogue.ts"
import { answer, withProgress } from "./Manner.ts"

const lineOf = ({ collection, created, capped, filled, indexes }: Migration): string => {
  const changes = [
    ...(created ? ["created"] : []),
    ...(capped ? ["bounded"] : []),
    ...(filled > 0 ? [`${filled} documents filled`] : []),
    ...indexes.map((name) => `index ${name}`)
  ]
  return `${collection}: ${changes.join(", ") || "up to date"}`
}

export const migrateDatabase = Effect.gen(function* () {
  const migrations = yield* withProgress("migrating", () => migrate)
  yield* answer({ json: migrations, text: migrations.map(lineOf) })
})

export const seed = Effect.gen(function* () {
  const skus = yield* seedCatalogue()
  yield* answer({ json: { skus }, text: [`for sale: ${skus.join(", ")}`] })
})
