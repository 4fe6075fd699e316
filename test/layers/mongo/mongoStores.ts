// The stores of orders and products on a fresh database of a real MongoDB, and a look into it.
import { Effect, Layer } from "effect"
import { MongoConnection } from "../../../src/layers/mongo/MongoConnection.ts"
import { layer as orderSearch } from "../../../src/layers/mongo/MongoOrderSearch.ts"
import { layer as orderStore } from "../../../src/layers/mongo/MongoOrderStore.ts"
import { layer as productStore } from "../../../src/layers/mongo/MongoProductStore.ts"
import { orderModel, toOrderRecord } from "../../../src/layers/mongo/OrderModel.ts"
import { productModel } from "../../../src/layers/mongo/ProductModel.ts"
import { moveStock } from "../../../src/layers/mongo/placeOrders.ts"
import { StoreProbe } from "../../contract/stores.ts"
import { migratedDatabase } from "./migratedDatabase.ts"

const probe = Layer.effect(
  StoreProbe,
  Effect.map(MongoConnection, ({ mongoose }) =>
    StoreProbe.of({
      records: Effect.promise(async () =>
        (await orderModel(mongoose).collection.find().toArray()).map(toOrderRecord)
      ),
      record: (id) =>
        Effect.promise(async () => {
          const found = await orderModel(mongoose).collection.findOne({ _id: id })
          return found === null ? undefined : toOrderRecord(found)
        }),
      setAvailable: (sku, available) =>
        Effect.promise(() =>
          productModel(mongoose).collection.updateOne({ _id: sku }, { $set: { available } })
        ),
      take: (sku, quantity) =>
        Effect.acquireUseRelease(
          Effect.promise(() => mongoose.startSession()),
          (session) =>
            Effect.isSuccess(
              Effect.tryPromise(() => moveStock(mongoose, [{ sku, quantity }], "take", session))
            ),
          (session) => Effect.promise(() => session.endSession())
        )
    })
  )
)

/** On a migrated database. */
export const storesOn = <E>(connection: Layer.Layer<MongoConnection, E>) =>
  Layer.mergeAll(orderStore, orderSearch, productStore, probe).pipe(Layer.provideMerge(connection))

export const mongoStores = (uri: string) => storesOn(migratedDatabase(uri))
