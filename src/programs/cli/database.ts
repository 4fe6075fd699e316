// `migrate` and `seed` of the command line.
import { Effect } from "effect"
import { finishMigration, type Migration, migrate } from "../../layers/mongo/migrate.ts"
import { seedCatalogue } from "../../services/products/seedCatalogue.ts"
import { answer, withProgress } from "./Manner.ts"

const lineOf = ({ collection, created, capped, filled, indexes, dropped }: Migration): string => {
  const changes = [
    ...(created ? ["created"] : []),
    ...(capped ? ["bounded"] : []),
    ...(filled > 0 ? [`${filled} documents filled`] : []),
    ...indexes.map((name) => `index ${name}`),
    ...dropped.map((name) => `index ${name} dropped`)
  ]
  return `${collection}: ${changes.join(", ") || "up to date"}`
}

const answerWith = (migration: typeof migrate) =>
  Effect.gen(function* () {
    const migrations = yield* withProgress("migrating", () => migration)
    yield* answer({ json: migrations, text: migrations.map(lineOf) })
  })

export const migrateDatabase = answerWith(migrate)

export const finishDatabase = answerWith(finishMigration)

export const seed = Effect.gen(function* () {
  const skus = yield* seedCatalogue()
  yield* answer({ json: { skus }, text: [`for sale: ${skus.join(", ")}`] })
})
