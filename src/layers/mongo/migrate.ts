// Brings a database to what the models declare: collections and indexes. Idempotent, safe beside
// running processes, and it drops nothing.
import { Data, Duration, Effect } from "effect"
import { mongo } from "mongoose"
import { MongoConnection, type MongoUnavailable } from "./MongoConnection.ts"
import { type AnyModel, models } from "./models.ts"

/** What one collection lacked and has now. */
export interface Migration {
  readonly collection: string
  readonly created: boolean
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

const migrateModel = Effect.fnUntraced(function* (
  connection: MongoConnection["Service"],
  model: AnyModel,
  exists: boolean
) {
  const collection = model.collection.collectionName
  yield* connection.run(() => model.createCollection(), deadline)
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
  return { collection, created: !exists, indexes } satisfies Migration
})

/** One entry for each model, also where nothing was missing. */
export const migrate: Effect.Effect<
  ReadonlyArray<Migration>,
  MongoUnavailable | IndexRefused,
  MongoConnection
> = Effect.gen(function* () {
  const connection = yield* MongoConnection
  const present = yield* connection.run(() => connection.mongoose.listCollections(), deadline)
  const names = new Set(present.map(({ name }) => name))
  return yield* Effect.forEach(models, (modelOn) => {
    const model = modelOn(connection.mongoose)
    return migrateModel(connection, model, names.has(model.collection.collectionName))
  })
}).pipe(Effect.withSpan("Mongo.migrate"))
