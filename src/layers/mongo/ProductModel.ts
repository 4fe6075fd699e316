// How products are stored, by SKU. One taken off sale keeps its document: orders and books refer to it.
import { Schema } from "mongoose"
import { Product } from "../../services/products/model/Product.ts"
import { checked, decoder, modelOf } from "./document.ts"

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
  { collection: "products", versionKey: false }
)

export const productModel = modelOf<ProductDocument>("Product", schema)

/** Matches the products for sale. */
export const forSale = { removedAt: { $exists: false } } as const

/** Of a product that goes on sale at `at`. */
export const toProductDocument = ({ sku, ...product }: Product, at: Date): ProductDocument =>
  checked(schema, { _id: sku, ...product, createdAt: at, updatedAt: at })

export const toProduct = decoder(Product, (document: ProductDocument) => ({
  ...document,
  sku: document._id
}))
