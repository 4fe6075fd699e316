// Port: the catalogue, its stock, and the movements that explain the stock.
import { Context, Data, type Effect, type Option } from "effect"
import type { UserId } from "../../ids.ts"
import type { NewProduct, Product, ProductChanges } from "../model/Product.ts"
import type { StockAuditLine } from "../model/StockAudit.ts"
import type { AdjustmentOutcome, StockAdjustment, StockMovement } from "../model/StockMovement.ts"

/** The store cannot be reached or did not answer in time; the same call may succeed later. */
export class ProductStoreError extends Data.TaggedError("ProductStoreError")<{
  readonly operation: string
  readonly cause: unknown
}> {}

export interface ProductQuery {
  /** The last SKU of the previous page. */
  readonly after: Option.Option<string>
  readonly limit: number
  /** Each of its words is the beginning of a word of the SKU or the name (see `wordsOf`). Without a word it finds nothing. */
  readonly q: Option.Option<string>
  /** Compared exactly. */
  readonly category: Option.Option<string>
  /** None: the whole catalogue. */
  readonly active: Option.Option<boolean>
}

/** A product after a change and, as `before`, before it. */
export interface ProductChange {
  readonly product: Product
  readonly before: Product
}

export interface MovementQuery {
  readonly sku: string
  /** The id of the last movement of the previous page. */
  readonly before: Option.Option<string>
  readonly limit: number
}

/** A stored movement. Its id is only for pages: 24 ascending lower-case hexadecimal digits. */
export interface StoredMovement {
  readonly id: string
  readonly movement: StockMovement
}

/** The most pieces that `listLow` may be asked for: products with more are in no index of it. */
export const maxLowStock = 100

export class ProductStore extends Context.Service<
  ProductStore,
  {
    /** Products of the catalogue, by SKU ascending: at most `limit`, those after `after`. */
    readonly list: (query: ProductQuery) => Effect.Effect<ReadonlyArray<Product>, ProductStoreError>
    /** The product, if it is for sale. */
    readonly find: (sku: string) => Effect.Effect<Option.Option<Product>, ProductStoreError>
    /** The product, if it is in the catalogue, active or not. */
    readonly findInCatalogue: (
      sku: string
    ) => Effect.Effect<Option.Option<Product>, ProductStoreError>
    /**
     * Creates the product with no stock, or changes it and keeps its stock; puts it (back) on sale, or into the
     * catalogue where it says that it is not active. See `putInPlaceOf`. `before`: what it replaced, none where it was
     * not in the catalogue. Atomic.
     */
    readonly put: (
      product: NewProduct,
      at: Date
    ) => Effect.Effect<
      { readonly product: Product; readonly before: Option.Option<Product> },
      ProductStoreError
    >
    /**
     * Changes a product of the catalogue. No order is placed for one after it is no longer active. None: there is no
     * such product. Atomic.
     */
    readonly change: (
      sku: string,
      changes: ProductChanges,
      at: Date
    ) => Effect.Effect<Option.Option<ProductChange>, ProductStoreError>
    /**
     * Takes the product out of the catalogue and answers with it; orders and stock books keep it. None: it was not in
     * the catalogue. Atomic.
     */
    readonly remove: (
      sku: string,
      at: Date
    ) => Effect.Effect<Option.Option<Product>, ProductStoreError>
    /**
     * Moves the stock of a product of the catalogue and records the movement in one transaction; never takes
     * `available` below 0. A known idempotency key answers what it answered when it moved the stock,
     * and moves nothing; a refusal may be tried again under its key. See `decideAdjustment`.
     */
    readonly adjust: (
      adjustment: StockAdjustment
    ) => Effect.Effect<AdjustmentOutcome, ProductStoreError>
    /** The keys with which this actor has moved stock. */
    readonly findUsedKeys: (
      actorId: UserId,
      idempotencyKeys: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlySet<string>, ProductStoreError>
    /**
     * The movements of a SKU, newest first: at most `limit`, those before `before`. None: no product ever had this SKU.
     * One that was removed has its movements.
     */
    readonly listMovements: (
      query: MovementQuery
    ) => Effect.Effect<Option.Option<ReadonlyArray<StoredMovement>>, ProductStoreError>
    /**
     * Products for sale with at most `pieces` available (at most `maxLowStock`), the fewest first: at most `limit`.
     */
    readonly listLow: (
      pieces: number,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Product>, ProductStoreError>
    /** The stock audit of every SKU, read in one snapshot (with removed products), by SKU ascending. */
    readonly audit: Effect.Effect<ReadonlyArray<StockAuditLine>, ProductStoreError>
  }
>()("services/products/ProductStore") {}
