// The catalogue and its stock: bodies and endpoints.
import * as z from "zod"
import { cursorOf, pageOf } from "./cursor.ts"
import {
  Currency,
  CurrencyInUse,
  IdempotencyHeaders,
  Limit,
  ProductName,
  Reason,
  Replayed,
  Sku,
  Timestamp,
  UnitPrice
} from "./fields.ts"
import { named } from "./operation.ts"

const maxDelta = 1_000_000

export const SkuParams = z.object({ sku: Sku })

export const ProductsQuery = z.strictObject({
  cursor: cursorOf(Sku).optional(),
  limit: Limit,
  q: z.string().min(1).max(100).optional().meta({
    description:
      "Words, each the beginning of a word of the SKU or the name. Case, accents and what is between words do not matter",
    example: "coff"
  })
})

export const ProductBody = z
  .strictObject({ name: ProductName, unitPrice: UnitPrice, currency: CurrencyInUse })
  .meta({ id: "ProductInput" })

export const StockBody = z
  .strictObject({
    delta: z
      .int()
      .min(-maxDelta)
      .max(maxDelta)
      .refine((delta) => delta !== 0, { message: "must not be 0" })
      .meta({
        description: "Pieces added, or taken away where negative",
        example: 100,
        override: { not: { const: 0 } }
      }),
    reason: Reason
  })
  .meta({ id: "StockAdjustment" })

const Available = z.int().min(0).meta({ description: "Pieces that can be ordered", example: 100 })

export const Product = z
  .object({
    sku: Sku,
    name: z.string(),
    unitPrice: UnitPrice,
    currency: Currency,
    available: Available
  })
  .meta({ id: "Product" })

export const ProductPage = pageOf(Product, "ProductPage")

export const Stock = z.object({ sku: Sku, available: Available }).meta({ id: "Stock" })

const MovementId = z
  .string()
  .regex(/^[0-9a-f]{24}$/u)
  .meta({ description: "Names the movement", example: "0198c0de5a7e4b1f9d3c2a6b" })

export const MovementsQuery = z.strictObject({
  cursor: cursorOf(MovementId).optional(),
  limit: Limit
})

const StockMovement = z
  .object({
    id: MovementId,
    delta: z.int().meta({ description: "Pieces that came, negative: went", example: 100 }),
    reason: z.string(),
    actorId: z
      .string()
      .meta({ description: "Who moved them: a user, or the name of a program, such as `seed`" }),
    at: Timestamp,
    availableAfter: Available.meta({ description: "Pieces that could be ordered after it" })
  })
  .meta({ id: "StockMovement" })

export const MovementPage = pageOf(StockMovement, "StockMovements")

export const productOperations = named({
  listProducts: {
    tag: "Products",
    method: "get",
    path: "/api/products",
    caller: "anyone",
    summary: "What is for sale, by SKU",
    query: ProductsQuery,
    answers: { 200: { description: "A page of products", body: ProductPage } },
    errors: []
  },
  getProduct: {
    tag: "Products",
    method: "get",
    path: "/api/products/:sku",
    caller: "anyone",
    summary: "One product",
    params: SkuParams,
    answers: { 200: { description: "The product", body: Product } },
    errors: ["not_found"]
  },
  putProduct: {
    tag: "Products",
    method: "put",
    path: "/api/products/:sku",
    caller: "admin",
    summary: "Put a product on sale, or change it",
    description: "A new product has no stock. Orders keep the name and price they were placed at.",
    params: SkuParams,
    body: ProductBody,
    example: { name: "Coffee beans, 1 kg", unitPrice: 2490, currency: "EUR" },
    answers: {
      200: { description: "Changed", body: Product },
      201: {
        description: "On sale",
        body: Product,
        headers: { Location: z.string().meta({ description: "Path of the product" }) }
      }
    },
    errors: []
  },
  removeProduct: {
    tag: "Products",
    method: "delete",
    path: "/api/products/:sku",
    caller: "admin",
    summary: "Take a product off sale",
    description:
      "Orders and the stock books keep it; putting it again brings it back with its stock.",
    params: SkuParams,
    answers: { 204: { description: "No longer for sale" } },
    errors: ["not_found"]
  },
  adjustStock: {
    tag: "Products",
    method: "post",
    path: "/api/products/:sku/stock",
    caller: "admin",
    summary: "Add stock, or take it away",
    params: SkuParams,
    headers: IdempotencyHeaders,
    body: StockBody,
    example: { delta: 100, reason: "delivery 4711" },
    answers: {
      200: {
        description: "Adjusted",
        body: Stock,
        headers: { "Idempotency-Replayed": Replayed }
      }
    },
    errors: ["not_found", "insufficient_stock", "idempotency_mismatch"]
  },
  listMovements: {
    tag: "Products",
    method: "get",
    path: "/api/products/:sku/stock",
    caller: "admin",
    summary: "What came and went of a product's stock",
    description: "Without what orders took and gave back. Also of a product that is off sale.",
    params: SkuParams,
    query: MovementsQuery,
    answers: { 200: { description: "Newest first", body: MovementPage } },
    errors: ["not_found"]
  }
})
