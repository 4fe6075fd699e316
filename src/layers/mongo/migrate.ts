// Brings a database to what the models declare: collections, their bounds, fields of their documents, and indexes.
// Idempotent, safe beside running processes, and it drops nothing.
import { Data, Duration, Effect } from "effect"
import { mongo } from "mongoose"
import type { AnyModel, StoredModel } from "./document.ts"
import { MongoConnection, type MongoUnavailable } from "./MongoConnection.ts"
import { models } from "./models.ts"

/** What one collection lacked and has now. */
export interface Migration {
  readonly collection: string
  readonly created: boolean
  /** Whether it was there without the bound that it has now. */
  readonly capped: boolean
  /** How many documents lacked a field, or had another value in it than this version writes. */
  readonly filled: number
  /** Names of the indexes that were created. */
  readonly indexes: ReadonlyArray<string>
}

/** The server refuses an index: its data breaks it, or another one of its name or keys is there. */
export class IndexRefused extends Data.TaggedError("IndexRefused")<{
  readonly collection: string
  /** Its keys. */
  readonly index: string
  readonly cause: Error
}> {
  override get message() {
    return `${this.collection}: no index on ${this.index}: ${this.cause.message}`
  }
}

/** Of one command; an index of a large collection takes its time. */
const deadline = Duration.minutes(10)

const refusals = new Set([
  85, // IndexOptionsConflict
  86, // IndexKeySpecsConflict
  11000 // DuplicateKey
])

interface Existing {
  readonly name: string
  readonly options?: { readonly capped?: boolean }
}

/**
 * Bounds a collection that should be and is not: a process that ran before the first migration has
 * made it by writing to it. Done before its indexes, which a conversion drops.
 */
const cap = Effect.fnUntraced(function* (
  connection: MongoConnection["Service"],
  { schema, collection: { collectionName } }: AnyModel,
  { options }: Existing
) {
  const wanted = schema.get("capped")
  if (typeof wanted !== "object" || options?.capped === true) return false
  yield* connection.run(
    () =>
      connection.mongoose
        .getClient()
        .db(connection.mongoose.name)
        .command({ convertToCapped: collectionName, ...wanted }),
    deadline
  )
  return true
})

const migrateModel = Effect.fnUntraced(function* (
  connection: MongoConnection["Service"],
  { model, fill }: Pick<StoredModel<never>, "model" | "fill">,
  existing: Existing | undefined
) {
  const collection = model.collection.collectionName
  const capped = existing !== undefined && (yield* cap(connection, model, existing))
  yield* connection.run(() => model.createCollection(), deadline)
  // Before the indexes, which readiness asks for: a process that is ready finds what was stored before it.
  const filled = yield* connection.run(fill, deadline)
  const { toCreate } = yield* connection.run(
    () => model.diffIndexes({ indexOptionsToCreate: true }),
    deadline
  )
  const indexes = yield* Effect.forEach(toCreate, ([keys, options]) =>
    Effect.gen(function* () {
      const name = yield* connection.run(
        () =>
          model.collection.createIndex(keys, options).catch((cause: unknown) => {
            if (cause instanceof mongo.MongoServerError && refusals.has(Number(cause.code))) {
              return new IndexRefused({ collection, index: JSON.stringify(keys), cause })
            }
            throw cause
          }),
        deadline
      )
      return typeof name === "string" ? name : yield* name
    })
  )
  return {
    collection,
    created: existing === undefined,
    capped,
    filled,
    indexes
  } satisfies Migration
})

/** One entry for each model, also where nothing was missing. */
export const migrate: Effect.Effect<
  ReadonlyArray<Migration>,
  MongoUnavailable | IndexRefused,
  MongoConnection
> = Effect.gen(function* () {
  const connection = yield* MongoConnection
  const present = yield* connection.run(() => connection.mongoose.listCollections(), deadline)
  const byName = new Map(present.map((existing: Existing) => [existing.name, existing]))
  return yield* Effect.forEach(models, (modelOn) => {
    const stored = modelOn(connection.mongoose)
    return migrateModel(connection, stored, byName.get(stored.model.collection.collectionName))
  })
}).pipe(Effect.withSpan("Mongo.migrate"))
