// How products are stored, by SKU. One taken off sale keeps its document: orders and books refer to it.
import { Schema as EffectSchema } from "effect"
import { type Connection, type Model, type mongo, Schema } from "mongoose"
import { Product } from "../../services/products/model/Product.ts"

export interface ProductDocument extends Omit<Product, "sku"> {
  _id: string
  createdAt: Date
  updatedAt: Date
  /** Since when it is off sale. */
  removedAt?: Date
}

const schema = new Schema<ProductDocument>(
  {
    _id: { type: String, required: true },
    name: { type: String, required: true },
    unitPrice: { type: Number, required: true },
    currency: { type: String, required: true },
    available: { type: Number, required: true },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
    removedAt: Date
  },
  { collection: "products", strict: "throw", strictQuery: "throw", versionKey: false }
)

export const productModel = (connection: Connection): Model<ProductDocument> =>
  connection.model<ProductDocument>("Product", schema)

/** The driver's collection: no hydration, and sessions are passed as they are. */
export const productCollection = (connection: Connection): mongo.Collection<ProductDocument> =>
  connection.collection<ProductDocument>(productModel(connection).collection.collectionName)

/** Matches the products for sale. */
export const forSale = { removedAt: { $exists: false } } as const

const decode = EffectSchema.decodeUnknownSync(Product)

/** Throws for a document that is no product. */
export const toProduct = (document: ProductDocument): Product =>
  decode({ ...document, sku: document._id })
