import { assert, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { MongoConnection } from "../../../src/layers/mongo/MongoConnection.ts"
import { productModel } from "../../../src/layers/mongo/ProductModel.ts"
import { ProductStore } from "../../../src/services/products/ports/ProductStore.ts"
import { productStoreContract } from "../../contract/productStore.ts"
import { draft, placeOne, time, unique } from "../../contract/stores.ts"
import { describeWith } from "../../suite.ts"
import { mongoStores } from "./mongoStores.ts"

describeWith(["mongo"], "on MongoDB", ({ mongo }) => {
  productStoreContract("MongoProductStore", mongoStores(mongo.uri))

  it.live("a product that the previous version stored is for sale, and has no texts", () =>
    Effect.gen(function* () {
      const { mongoose } = yield* MongoConnection
      const sku = unique("SKU")
      const fields = { name: "Tea", unitPrice: 350, currency: "EUR", available: 3 }
      yield* Effect.promise(() =>
        productModel(mongoose).collection.insertOne({
          ...{ _id: sku, ...fields, prefixes: ["T"] },
          ...{ createdAt: time(), updatedAt: time() }
        })
      )
      const product = {
        ...{ sku, ...fields, active: true },
        ...{ description: Option.none(), picture: Option.none(), category: Option.none() }
      }
      const store = yield* ProductStore
      assert.deepStrictEqual(yield* store.find(sku), Option.some(product))
      assert.deepStrictEqual(yield* store.findInCatalogue(sku), Option.some(product))
    }).pipe(Effect.provide(mongoStores(mongo.uri)))
  )

  it.live(
    "an inactive product is off sale for the previous version, which may put it on sale",
    () =>
      Effect.gen(function* () {
        const { mongoose } = yield* MongoConnection
        const { collection } = productModel(mongoose)
        const store = yield* ProductStore
        const sku = unique("SKU")
        yield* store.put(
          { sku, name: "Tea", unitPrice: 350, currency: "EUR", active: false },
          time()
        )
        // Its filter of what is for sale, and its way to put something on sale.
        const seen = yield* Effect.promise(() =>
          collection.countDocuments({ _id: sku, removedAt: { $exists: false } })
        )
        assert.strictEqual(seen, 0)
        yield* Effect.promise(() =>
          collection.updateOne(
            { _id: sku },
            { $set: { name: "Green tea" }, $unset: { removedAt: true } }
          )
        )
        assert.isTrue(Option.getOrThrow(yield* store.find(sku)).active)
        const inactive = {
          after: Option.none(),
          limit: 10,
          q: Option.none(),
          category: Option.none()
        }
        assert.deepStrictEqual(yield* store.list({ ...inactive, active: Option.some(false) }), [])
        const [line] = [{ sku, quantity: 1 }]
        assert.strictEqual((yield* placeOne(draft([line])))._tag, "OutOfStock")
      }).pipe(Effect.provide(mongoStores(mongo.uri)))
  )
})
