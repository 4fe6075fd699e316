// How products are stored, by SKU. A removed product keeps its document: orders and stock movements refer to it.
import { Option } from "effect"
import { type mongo, Schema } from "mongoose"
import {
  type NewProduct,
  Offer,
  Product,
  type ProductChanges
} from "../../services/products/model/Product.ts"
import { wordsOfProduct } from "../../services/products/model/search.ts"
import { maxLowStock } from "../../services/products/ports/ProductStore.ts"
import { checked, decoder, modelOf } from "./document.ts"

export interface ProductDocument extends Omit<Offer, "sku"> {
  _id: string
  description?: string
  picture?: string
  category?: string
  /**
   * The words that a search finds it by, and all their beginnings: a search compares with equality, which an index
   * serves in the order of the SKUs. A range of words would have to be sorted.
   */
  prefixes: Array<string>
  createdAt: Date
  updatedAt: Date
  /** Since when it is off sale. */
  removedAt?: Date
  /**
   * Whether a product that is off sale is in the catalogue still, as one that is not active. It says nothing where
   * `removedAt` is absent: processes of the previous version don't know it, and put such a product back on sale. They
   * neither list nor sell one that has `removedAt`.
   */
  inactive?: true
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
    description: String,
    picture: String,
    category: String,
    removedAt: Date,
    inactive: Boolean
  },
  { collection: "products", versionKey: false }
)
schema.index(searchIndex)
/** Of what is low alone: an order of a product with more in stock writes to no index. */
export const lowStockIndex = { removedAt: 1, available: 1, _id: 1 } as const
schema.index(lowStockIndex, { partialFilterExpression: { available: { $lte: maxLowStock } } })

/** Few fields of few documents have it: a page of a category reads what it returns. */
export const categoryIndex = { category: 1, removedAt: 1, _id: 1 } as const
schema.index(categoryIndex, { partialFilterExpression: { category: { $exists: true } } })
/** Of inactive products alone. */
export const inactiveIndex = { inactive: 1, _id: 1 } as const
schema.index(inactiveIndex, { partialFilterExpression: { inactive: true } })

/** Matches the products for sale. */
export const forSale = { removedAt: { $exists: false } } as const

/** Matches those of the catalogue that are not active. */
export const inactive = { inactive: true, removedAt: { $exists: true } } as const

/** Matches both. */
export const inCatalogue = { $or: [forSale, inactive] }

/** For reads that are frequent: prefixes are most of a document. */
export const withoutPrefixes = { projection: { prefixes: 0 } } as const

/** What `toOffer` reads. Descriptions are long, and each order would read them. */
export const offerFields = {
  projection: { name: 1, unitPrice: 1, currency: 1, available: 1 }
} as const

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

/** Other processes may change products meanwhile: a product whose name has changed since it was read is skipped. */
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

const texts = ["description", "picture", "category"] as const

interface Update {
  readonly $set: Partial<ProductDocument>
  readonly $unset: Partial<Record<keyof ProductDocument, true>>
}

/** How a product is changed at `at`. */
export const toUpdate = (sku: string, changes: ProductChanges, at: Date): Update => {
  const { name, unitPrice, currency, active } = changes
  const $set: Partial<ProductDocument> = {
    ...(name === undefined ? {} : { name, prefixes: prefixesOf({ sku, name }) }),
    ...(unitPrice === undefined ? {} : { unitPrice }),
    ...(currency === undefined ? {} : { currency }),
    ...(active === false ? { removedAt: at, inactive: true as const } : {}),
    updatedAt: at
  }
  const $unset: Partial<Record<keyof ProductDocument, true>> =
    active === true ? { removedAt: true, inactive: true } : {}
  for (const field of texts) {
    const text = changes[field]
    if (text === undefined) continue
    if (Option.isSome(text)) $set[field] = text.value
    else $unset[field] = true
  }
  return { $set, $unset }
}

/** Of a product that is put into the catalogue at `at`. */
export const toProductDocument = (
  { available, ...product }: NewProduct & Pick<Product, "available">,
  at: Date
): ProductDocument => {
  const { sku, name, unitPrice, currency } = product
  const { $set } = toUpdate(sku, product, at)
  return checked(schema, {
    ...$set,
    _id: sku,
    name,
    unitPrice,
    currency,
    available,
    prefixes: prefixesOf(product),
    createdAt: at,
    updatedAt: at
  })
}

export const toProduct = decoder(Product, (document: ProductDocument) => ({
  ...document,
  sku: document._id,
  description: document.description ?? null,
  picture: document.picture ?? null,
  category: document.category ?? null,
  active: document.removedAt === undefined
}))

/** Of a document for sale with `offerFields` at least. */
export const toOffer = decoder(
  Offer,
  (document: Pick<ProductDocument, "_id" | "name" | "unitPrice" | "currency" | "available">) => ({
    ...document,
    sku: document._id
  })
)
