// The catalogue and its stock: bodies and endpoints.
import * as z from "zod"
import { cursorOf, pageOf } from "./cursor.ts"
import {
  AuditReason,
  Category,
  Currency,
  CurrencyInUse,
  IdempotencyHeaders,
  Limit,
  PictureUrl,
  ProductDescription,
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

const productFilters = {
  cursor: cursorOf(Sku).optional(),
  limit: Limit,
  category: Category.optional(),
  q: z.string().min(1).max(100).optional().meta({
    description:
      "Words, each the beginning of a word of the SKU or the name. Case, accents and punctuation do not matter",
    example: "coff"
  })
}

export const ProductsQuery = z.strictObject(productFilters)

export const CatalogueQuery = z.strictObject({
  ...productFilters,
  active: z.enum(["true", "false"]).optional().meta({
    description: "Only products that customers see, or only the others",
    example: "false"
  })
})

const withNull = "; null: none"

/** An optional field. */
const details = {
  description: ProductDescription.nullish().meta({
    description: `What it is, as plain text${withNull}`,
    example: "Arabica from Huehuetenango, washed, medium roast."
  }),
  picture: PictureUrl.nullish().meta({
    description: `Picture: an https URL. The service does not fetch it${withNull}`,
    example: "https://pictures.example.com/coffee-1kg.jpg"
  }),
  category: Category.nullish().meta({
    description: `Category, as the shop calls it${withNull}`,
    example: "Coffee"
  })
}

const Active = z.boolean().meta({
  description: "False: customers can neither see nor order it; staff still see it",
  example: true
})

const Why = AuditReason.meta({
  description: "Why, for the audit event",
  example: "the supplier's new price"
})

export const ProductBody = z
  .strictObject({
    name: ProductName,
    unitPrice: UnitPrice,
    currency: CurrencyInUse,
    ...details,
    active: Active.optional(),
    reason: Why
  })
  .meta({ id: "ProductInput" })

export const ProductChangeBody = z
  .strictObject({
    name: ProductName.optional(),
    unitPrice: UnitPrice.optional(),
    currency: CurrencyInUse.optional(),
    ...details,
    active: Active.optional(),
    reason: Why
  })
  .meta({ id: "ProductChange" })

/** In the query, since intermediaries drop the body of a DELETE. */
export const RemovalQuery = z.strictObject({
  reason: Reason.optional().meta({
    description: "Why, for the audit event",
    example: "no longer made"
  })
})

export const StockBody = z
  .strictObject({
    delta: z
      .int()
      .min(-maxDelta)
      .max(maxDelta)
      .refine((delta) => delta !== 0, { message: "must not be 0" })
      .meta({
        description: "Pieces to add; negative: to remove",
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
    name: z.string().meta({ example: "Coffee beans, 1 kg" }),
    unitPrice: UnitPrice,
    currency: Currency,
    available: Available,
    description: z.string().nullable().meta({
      description: "Description, as plain text",
      example: "Arabica from Huehuetenango, washed, medium roast."
    }),
    picture: z.string().nullable().meta({
      description: "An https URL",
      example: "https://pictures.example.com/coffee-1kg.jpg"
    }),
    category: z.string().nullable().meta({ description: "Category", example: "Coffee" }),
    active: Active
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
    delta: z.int().meta({ description: "Pieces that were added; negative: removed", example: 100 }),
    reason: z.string().meta({ example: "delivery 4711" }),
    actorId: z.string().meta({
      description: "Who moved them: a user, or the name of a program, such as `seed`",
      example: "0198c0de5a7e4b1f9d3c2a6b8e0f4d71"
    }),
    at: Timestamp,
    availableAfter: Available.meta({
      description: "Pieces that could be ordered after the movement"
    })
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
    description: "With `q`, the products whose SKU or name has words with these beginnings.",
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
    description:
      "A new product has no stock. Orders keep the name and price of their time. Absent fields of an existing product stay as they are, except `active`: without it the product is on sale. `null` removes `description`, `picture` or `category`, and is refused in other fields.",
    params: SkuParams,
    body: ProductBody,
    example: {
      name: "Coffee beans, 1 kg",
      description: "Arabica from Huehuetenango, washed, medium roast.",
      category: "Coffee",
      unitPrice: 2490,
      currency: "EUR"
    },
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
  changeProduct: {
    tag: "Products",
    method: "patch",
    path: "/api/products/:sku",
    caller: "admin",
    summary: "Change some of a product",
    description:
      "Absent fields stay as they are. `null` removes `description`, `picture` or `category`, and is refused in other fields. With `active: false` no further order is placed for it; existing orders stay as they are.",
    params: SkuParams,
    body: ProductChangeBody,
    example: {
      description: "Arabica from Huehuetenango, washed, medium roast.",
      category: "Coffee"
    },
    answers: { 200: { description: "Changed", body: Product } },
    errors: ["not_found"]
  },
  removeProduct: {
    tag: "Products",
    method: "delete",
    path: "/api/products/:sku",
    caller: "admin",
    summary: "Remove a product from the catalogue",
    description:
      "Orders and stock movements keep it; a PUT restores it with its stock. Change it to `active: false` if staff should still see it.",
    params: SkuParams,
    query: RemovalQuery,
    answers: { 204: { description: "No longer in the catalogue" } },
    errors: ["not_found"]
  },
  adjustStock: {
    tag: "Products",
    method: "post",
    path: "/api/products/:sku/stock",
    caller: "admin",
    summary: "Add or remove stock",
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
    summary: "The stock movements of a product",
    description: "Without changes by orders. Also for a removed product.",
    params: SkuParams,
    query: MovementsQuery,
    answers: { 200: { description: "Newest first", body: MovementPage } },
    errors: ["not_found"]
  },
  listCatalogue: {
    tag: "Products",
    method: "get",
    path: "/api/admin/products",
    caller: "staff",
    summary: "The whole catalogue, by SKU",
    description: "Includes products that are not active.",
    query: CatalogueQuery,
    answers: { 200: { description: "A page of products", body: ProductPage } },
    errors: []
  },
  getFromCatalogue: {
    tag: "Products",
    method: "get",
    path: "/api/admin/products/:sku",
    caller: "staff",
    summary: "One product of the catalogue",
    description: "Active or not.",
    params: SkuParams,
    answers: { 200: { description: "The product", body: Product } },
    errors: ["not_found"]
  }
})
