// How products are stored, by SKU. One taken off sale keeps its document: orders and books refer to it.
import { type mongo, Schema } from "mongoose"
import { Product } from "../../services/products/model/Product.ts"
import { wordsOfProduct } from "../../services/products/model/search.ts"
import { maxLowStock } from "../../services/products/ports/ProductStore.ts"
import { checked, decoder, modelOf } from "./document.ts"

export interface ProductDocument extends Omit<Product, "sku"> {
  _id: string
  /**
   * The words that a search finds it by, and all their beginnings: a search compares with equality, which an index
   * serves in the order of the SKUs. A range of words would have to be sorted.
   */
  prefixes: Array<string>
  createdAt: Date
  updatedAt: Date
  /** Since when it is off sale. */
  removedAt?: Date
}

/** A search for one word reads what it returns: no product that is off sale, and nothing to be sorted. */
export const searchIndex = { prefixes: 1, removedAt: 1, _id: 1 } as const

const schema = new Schema<ProductDocument>(
  {
    _id: { type: String, required: true },
    name: { type: String, required: true },
    unitPrice: { type: Number, required: true },
    currency: { type: String, required: true },
    available: { type: Number, required: true },
    prefixes: { type: [String], required: true },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
    removedAt: Date
  },
  { collection: "products", versionKey: false }
)
schema.index(searchIndex)
/** Of what is low alone: an order of a product with more in stock writes to no index. */
export const lowStockIndex = { removedAt: 1, available: 1, _id: 1 } as const
schema.index(lowStockIndex, { partialFilterExpression: { available: { $lte: maxLowStock } } })

/** Matches the products for sale. */
export const forSale = { removedAt: { $exists: false } } as const

/** For reads that are frequent: prefixes are most of a document. */
export const withoutPrefixes = { projection: { prefixes: 0 } } as const

export const prefixesOf = (product: Pick<Product, "sku" | "name">): Array<string> =>
  Array.from(
    new Set(
      wordsOfProduct(product).flatMap((word) => {
        const characters = Array.from(word)
        return characters.map((_, i) => characters.slice(0, i + 1).join(""))
      })
    )
  )

const perWrite = 1000

/** Beside processes that change products: one whose name has changed since it was read is left to its writer. */
async function* fillPrefixes(products: mongo.Collection<ProductDocument>): AsyncGenerator<number> {
  const stored = products.find<Pick<ProductDocument, "_id" | "name"> & Partial<ProductDocument>>(
    {},
    { projection: { name: 1, prefixes: 1 } }
  )
  let writes: Array<mongo.AnyBulkWriteOperation<ProductDocument>> = []
  const write = async () => (await products.bulkWrite(writes, { ordered: false })).modifiedCount
  for await (const { _id, name, prefixes: before } of stored) {
    const prefixes = prefixesOf({ sku: _id, name })
    if (before?.join() === prefixes.join()) continue
    writes.push({ updateOne: { filter: { _id, name }, update: { $set: { prefixes } } } })
    if (writes.length < perWrite) continue
    yield await write()
    writes = []
  }
  if (writes.length > 0) yield await write()
}

export const productModel = modelOf<ProductDocument>("Product", schema, { fill: fillPrefixes })

/** Of a product that goes on sale at `at`. */
export const toProductDocument = (product: Product, at: Date): ProductDocument => {
  const { sku, ...rest } = product
  const prefixes = prefixesOf(product)
  return checked(schema, { _id: sku, ...rest, prefixes, createdAt: at, updatedAt: at })
}

export const toProduct = decoder(Product, (document: ProductDocument) => ({
  ...document,
  sku: document._id
}))
