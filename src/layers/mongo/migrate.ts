// Brings a database to what the models declare: collections, their bounds, fields of their documents, and indexes.
// Idempotent, safe while other processes run, and it drops nothing, so processes of the previous version continue.
// `finishMigration` drops what only they need, when none of them runs.
import { Clock, Data, Duration, Effect } from "effect"
import { mongo } from "mongoose"
import type { AnyModel, IndexKeys } from "./document.ts"
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
  /** Names of the indexes that were dropped. */
  readonly dropped: ReadonlyArray<string>
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

type Stored = ReturnType<(typeof models)[number]>

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

/** As `diffIndexes` gives it. */
type Index = readonly [keys: IndexKeys, options: mongo.CreateIndexesOptions]

const createIndexes = (
  connection: MongoConnection["Service"],
  { collection }: AnyModel,
  indexes: ReadonlyArray<Index>
) =>
  Effect.forEach(indexes, ([keys, options]) =>
    Effect.gen(function* () {
      const name = yield* connection.run(
        () =>
          collection.createIndex(keys, options).catch((cause: unknown) => {
            if (cause instanceof mongo.MongoServerError && refusals.has(Number(cause.code))) {
              return new IndexRefused({
                collection: collection.collectionName,
                index: JSON.stringify(keys),
                cause
              })
            }
            throw cause
          }),
        deadline
      )
      return typeof name === "string" ? name : yield* name
    })
  )

/** How often a fill says how far it is. */
const progressMillis = 5000

/** One write after the other, each within the deadline. Gives the number of documents. */
const fillAll = Effect.fnUntraced(function* (
  connection: MongoConnection["Service"],
  { model, fill }: Stored
) {
  const writes = fill()[Symbol.asyncIterator]()
  let filled = 0
  let said = yield* Clock.currentTimeMillis
  for (;;) {
    const write = yield* connection.run(() => writes.next(), deadline)
    if (write.done === true) return filled
    filled += write.value
    const now = yield* Clock.currentTimeMillis
    if (now - said < progressMillis) continue
    said = now
    yield* Effect.logInfo(`${model.collection.collectionName}: ${filled} documents filled so far`)
  }
})

const keysOf = (keys: object): string => JSON.stringify(keys)

const migrateModel = Effect.fnUntraced(function* (
  connection: MongoConnection["Service"],
  stored: Stored,
  existing: Existing | undefined
) {
  const { model, filledWith } = stored
  const capped = existing !== undefined && (yield* cap(connection, model, existing))
  yield* connection.run(() => model.createCollection(), deadline)
  const diff = yield* connection.run(
    () => model.diffIndexes({ indexOptionsToCreate: true }),
    deadline
  )
  const toCreate: ReadonlyArray<Index> = diff.toCreate
  const needed = new Set(filledWith.map(keysOf))
  const isNeeded = ([keys]: Index): boolean => needed.has(keysOf(keys))
  const before = yield* createIndexes(connection, model, toCreate.filter(isNeeded))
  // Before the other indexes, which readiness asks for: a process that is ready finds what was stored before it.
  const filled = yield* fillAll(connection, stored)
  const after = yield* createIndexes(
    connection,
    model,
    toCreate.filter((index) => !isNeeded(index))
  )
  return {
    collection: model.collection.collectionName,
    created: existing === undefined,
    capped,
    filled,
    indexes: [...before, ...after],
    dropped: []
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

/** Its outdated indexes, where they are there. */
const dropOutdated = Effect.fnUntraced(function* (
  connection: MongoConnection["Service"],
  { model, outdated }: Stored
) {
  if (outdated.length === 0) return []
  const unwanted = new Set(outdated.map(keysOf))
  const collection = connection.mongoose.collection(model.collection.collectionName)
  const present = yield* connection.run(() => collection.indexes(), deadline)
  const names = present.flatMap(({ key, name }) =>
    name !== undefined && unwanted.has(keysOf(key)) ? [name] : []
  )
  for (const name of names) yield* connection.run(() => collection.dropIndex(name), deadline)
  return names
})

/**
 * `migrate`, and then drops the indexes that processes of the previous version need: for when none of them runs any more,
 * nor will again. It fills first what they have stored since.
 */
export const finishMigration: typeof migrate = Effect.gen(function* () {
  const connection = yield* MongoConnection
  const migrations = yield* migrate
  const dropped = yield* Effect.forEach(models, (modelOn) =>
    dropOutdated(connection, modelOn(connection.mongoose))
  )
  return migrations.map((migration, i) => ({ ...migration, dropped: dropped[i] ?? [] }))
}).pipe(Effect.withSpan("Mongo.finishMigration"))
