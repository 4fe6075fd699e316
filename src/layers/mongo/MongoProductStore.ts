// The catalogue, its stock and its stock movements in MongoDB. Stock and the movement that explains it change in one
// transaction; `available` never falls below 0, since every write of it is guarded.
import { Duration, Effect, Layer, Option, Schedule } from "effect"
import { mongo } from "mongoose"
import { reservingStatuses } from "../../services/orders/model/OrderStatus.ts"
import { changeProduct, putInPlaceOf } from "../../services/products/model/changeProduct.ts"
import type { NewProduct, ProductChanges } from "../../services/products/model/Product.ts"
import { auditLines } from "../../services/products/model/StockAudit.ts"
import {
  decideAdjustment,
  type StockAdjustment
} from "../../services/products/model/StockMovement.ts"
import { wordsOf } from "../../services/products/model/search.ts"
import {
  type ProductQuery,
  ProductStore,
  ProductStoreError
} from "../../services/products/ports/ProductStore.ts"
import { inRecordedSpan } from "../../services/spans.ts"
import { callSpan } from "./callSpan.ts"
import { defaultDeadline, MongoConnection, runFor } from "./MongoConnection.ts"
import { orderModel } from "./OrderModel.ts"
import {
  categoryIndex,
  forSale,
  inactive,
  inactiveIndex,
  inCatalogue,
  lowStockIndex,
  type ProductDocument,
  productModel,
  searchIndex,
  toProduct,
  toProductDocument,
  toUpdate,
  withoutPrefixes
} from "./ProductModel.ts"
import {
  type StockMovementDocument,
  stockMovementModel,
  toStockMovement,
  toStockMovementDocument
} from "./StockMovementModel.ts"
import { conflict, makeTransact, withDeadline } from "./transaction.ts"

/**
 * The server tries one plan for each word that the index may serve, which costs as many reads. So it may choose among
 * the longest words only, which are the rarest as a rule. It compares the others with what it has read.
 */
const wordsTried = 3

/** Matches the products that have all of these words. */
const withWords = (words: ReadonlyArray<string>) => {
  const longestFirst = words.toSorted((a, b) => b.length - a.length)
  const others = longestFirst.slice(wordsTried)
  return {
    prefixes: { $all: longestFirst.slice(0, wordsTried) },
    ...(others.length > 0 ? { $expr: { $setIsSubset: [others, "$prefixes"] } } : {})
  }
}

/** Products that are active, or those that are not: each have an index that gives them by SKU. */
const matching = (
  active: boolean,
  { after, category }: ProductQuery,
  words: Option.Option<ReadonlyArray<string>>
) => ({
  ...(active ? forSale : inactive),
  ...(Option.isSome(after) ? { _id: { $gt: after.value } } : {}),
  ...(Option.isSome(category) ? { category: category.value } : {}),
  ...(Option.isSome(words) ? withWords(words.value) : {})
})

/**
 * A plan that was chosen for other words may be a bad one for these. With a hint none is kept. Words are rarer than
 * categories as a rule, and inactive products are few.
 */
const indexFor = (active: boolean, { q, category }: ProductQuery) => {
  if (!active) return { hint: inactiveIndex }
  if (Option.isSome(q)) return { hint: searchIndex }
  return Option.isSome(category) ? { hint: categoryIndex } : {}
}

/** An audit reads every order: seconds for a million of them. */
const auditDeadline = Duration.minutes(2)

export const layer: Layer.Layer<ProductStore, never, MongoConnection> = Layer.effect(
  ProductStore,
  Effect.gen(function* () {
    const connection = yield* MongoConnection
    const transact = yield* makeTransact(connection)
    const products = productModel(connection.mongoose).collection
    const run = runFor(connection, products.collectionName, ProductStoreError)
    const movements = stockMovementModel(connection.mongoose).collection
    const runOnMovements = runFor(connection, movements.collectionName, ProductStoreError)
    const orders = orderModel(connection.mongoose).collection

    const put = async (product: NewProduct, at: Date) => {
      const { sku, ...changes } = product
      const { available, createdAt } = toProductDocument({ ...product, available: 0 }, at)
      const { $set, $unset } = toUpdate(sku, { active: true, ...changes }, at)
      const found = await products.findOneAndUpdate(
        { _id: sku },
        { $set, $unset, $setOnInsert: { available, createdAt } },
        { upsert: true, returnDocument: "before" }
      )
      const before = Option.fromNullOr(found)
      return {
        product: putInPlaceOf(Option.map(before, toProduct), product),
        before: Option.map(Option.filter(before, isInCatalogue), toProduct)
      }
    }

    const change = async (sku: string, changes: ProductChanges, at: Date) => {
      const found = await products.findOneAndUpdate(
        { _id: sku, ...inCatalogue },
        toUpdate(sku, changes, at),
        { ...withoutPrefixes, returnDocument: "before" }
      )
      return Option.map(Option.fromNullOr(found), (document) => {
        const before = toProduct(document)
        return { before, product: changeProduct(before, changes) }
      })
    }

    /** Of products that are active, or of those that are not: a page by SKU. */
    const list = async (
      active: boolean,
      query: ProductQuery,
      words: Option.Option<ReadonlyArray<string>>
    ) => {
      const documents = await products
        .find(matching(active, query, words), { ...withoutPrefixes, ...indexFor(active, query) })
        .sort({ _id: 1 })
        .limit(query.limit)
        // For words that are each common and together rare it reads much; it ends when the caller stops waiting.
        .maxTimeMS(Duration.toMillis(defaultDeadline))
        .toArray()
      return documents.map(toProduct)
    }

    const listBoth = async (query: ProductQuery, words: Option.Option<ReadonlyArray<string>>) => {
      const both = await Promise.all([list(true, query, words), list(false, query, words)])
      return both
        .flat()
        .toSorted((a, b) => (a.sku < b.sku ? -1 : 1))
        .slice(0, query.limit)
    }

    const adjust = async (adjustment: StockAdjustment, session: mongo.ClientSession) => {
      const { sku, actorId, idempotencyKey } = adjustment
      const earlier = Option.isSome(idempotencyKey)
        ? await movements.findOne({ actorId, idempotencyKey: idempotencyKey.value }, { session })
        : null
      const product = await products.findOne({ _id: sku, ...inCatalogue }, { session })
      const { outcome, movement } = decideAdjustment(
        adjustment,
        Option.map(Option.fromNullOr(earlier), toStockMovement),
        Option.map(Option.fromNullOr(product), toProduct)
      )
      if (Option.isNone(movement)) return outcome
      const { delta } = movement.value
      await movements.insertOne(toStockMovementDocument(movement.value), { session })
      const { matchedCount } = await products.updateOne(
        { _id: sku, available: { $gte: -delta } },
        { $inc: { available: delta } },
        { session }
      )
      if (matchedCount === 0) throw conflict(`the stock of ${sku} changed meanwhile`)
      return outcome
    }

    // A snapshot session, not a transaction: the server ends transactions that take long.
    const audit = async (session: mongo.ClientSession) => {
      // Named with each read: the driver would add its snapshot's time to the connection's own concern.
      const options = () => ({ session, readConcern: { level: "snapshot" } as const })
      const available = await products
        .find<Pick<ProductDocument, "_id" | "available">>(
          {},
          { ...options(), projection: { available: 1 } }
        )
        .toArray()
      const moved = await movements
        .aggregate<Sum>([{ $group: { _id: "$sku", pieces: { $sum: "$delta" } } }], options())
        .toArray()
      const reserved = await orders
        .aggregate<Sum>(
          [
            { $match: { status: { $in: reservingStatuses } } },
            { $unwind: "$items" },
            { $group: { _id: "$items.sku", pieces: { $sum: "$items.quantity" } } }
          ],
          // Most orders: through an index by status, each of them would be fetched by itself.
          { ...options(), hint: { $natural: 1 } }
        )
        .toArray()
      return auditLines({
        available: new Map(available.map((line) => [line._id, line.available])),
        moved: bySku(moved),
        reserved: bySku(reserved)
      })
    }

    return ProductStore.of({
      list: (query) => {
        const words = Option.map(query.q, wordsOf)
        // The server would look through all products for none.
        if (Option.exists(words, ({ length }) => length === 0)) return Effect.succeed([])
        return run("list", "find", () =>
          Option.isSome(query.active)
            ? list(query.active.value, query, words)
            : listBoth(query, words)
        )
      },

      find: (sku) =>
        run("find", "findOne", async () => {
          const document = await products.findOne({ _id: sku, ...forSale }, withoutPrefixes)
          return Option.map(Option.fromNullOr(document), toProduct)
        }),

      findInCatalogue: (sku) =>
        run("findInCatalogue", "findOne", async () => {
          const document = await products.findOne({ _id: sku, ...inCatalogue }, withoutPrefixes)
          return Option.map(Option.fromNullOr(document), toProduct)
        }),

      put: (product, at) => run("put", "findOneAndUpdate", () => put(product, at)),

      change: (sku, changes, at) =>
        run("change", "findOneAndUpdate", () => change(sku, changes, at)),

      remove: (sku, at) =>
        run("remove", "findOneAndUpdate", async () => {
          const removed = await products.findOneAndUpdate(
            { _id: sku, ...inCatalogue },
            { $set: { removedAt: at, updatedAt: at }, $unset: { inactive: true } },
            { returnDocument: "before" }
          )
          return Option.map(Option.fromNullOr(removed), toProduct)
        }),

      adjust: (adjustment) =>
        transact(({ session }) => adjust(adjustment, session), {
          repeatable: Option.isSome(adjustment.idempotencyKey)
        }).pipe(
          withDeadline,
          Effect.mapError(({ cause }) => new ProductStoreError({ operation: "adjust", cause })),
          (transaction) =>
            inRecordedSpan(transaction, () =>
              callSpan(connection.mongoose, {
                collection: products.collectionName,
                command: "commitTransaction"
              })
            )
        ),

      findUsedKeys: (actorId, idempotencyKeys) =>
        runOnMovements("findUsedKeys", "find", async () => {
          const used = await movements
            .find<Pick<StockMovementDocument, "idempotencyKey">>(
              { actorId, idempotencyKey: { $in: [...idempotencyKeys] } },
              { projection: { _id: 0, idempotencyKey: 1 } }
            )
            .toArray()
          return new Set(used.flatMap(({ idempotencyKey = [] }) => idempotencyKey))
        }),

      listMovements: ({ sku, before, limit }) =>
        runOnMovements("listMovements", "find", async () => {
          const found = await movements
            .find({
              sku,
              ...(Option.isSome(before) ? { _id: { $lt: new mongo.ObjectId(before.value) } } : {})
            })
            .sort({ _id: -1 })
            .limit(limit)
            .toArray()
          const isKnown =
            found.length > 0 ||
            (await products.findOne({ _id: sku }, { projection: { _id: 1 } })) !== null
          return isKnown
            ? Option.some(
                found.map((document) => ({
                  id: document._id.toHexString(),
                  movement: toStockMovement(document)
                }))
              )
            : Option.none()
        }),

      listLow: (pieces, limit) =>
        run("listLow", "find", async () => {
          const documents = await products
            .find(
              { ...forSale, available: { $lte: pieces } },
              { ...withoutPrefixes, hint: lowStockIndex }
            )
            .sort({ available: 1, _id: 1 })
            .limit(limit)
            .toArray()
          return documents.map(toProduct)
        }),

      audit: Effect.acquireUseRelease(
        run("audit", "startSession", () => connection.mongoose.startSession({ snapshot: true })),
        (session) => run("audit", "aggregate", () => audit(session), auditDeadline),
        (session) => Effect.promise(() => session.endSession())
      ).pipe(Effect.retry({ schedule: auditRetries }))
    })
  })
)

const isInCatalogue = ({ removedAt, inactive }: ProductDocument): boolean =>
  removedAt === undefined || inactive === true

/** For an election or a snapshot that the server no longer has. */
const auditRetries = Schedule.exponential("500 millis").pipe(
  Schedule.jittered,
  Schedule.upTo({ times: 3 })
)

interface Sum {
  readonly _id: string
  readonly pieces: number
}

const bySku = (sums: ReadonlyArray<Sum>) => new Map(sums.map(({ _id, pieces }) => [_id, pieces]))
