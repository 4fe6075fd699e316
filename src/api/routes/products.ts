// /api/products: the catalogue for everybody, and its management for administrators.
import { Effect, Option } from "effect"
import { Hono } from "hono"
import { getProduct, listProducts } from "../../services/products/browse.ts"
import { adjustStock, putProduct, removeProduct } from "../../services/products/manage.ts"
import type { ApiEnvironment } from "../context.ts"
import { pageBody } from "../contract/cursor.ts"
import { IdempotencyHeaders } from "../contract/fields.ts"
import { ProductBody, ProductsQuery, SkuParams, StockBody } from "../contract/products.ts"
import { run } from "../run.ts"
import { validBody, validHeaders, validPath, validQuery } from "../validate.ts"

export const products = new Hono<ApiEnvironment>()
  .get("/", validQuery(ProductsQuery), (c) => {
    const { cursor, limit, q } = c.req.valid("query")
    const query = { after: Option.fromUndefinedOr(cursor), limit, q: Option.fromUndefinedOr(q) }
    return run(
      c,
      Effect.map(listProducts(query), (page) => c.json(pageBody(page)))
    )
  })
  .get("/:sku", validPath(SkuParams), (c) =>
    run(
      c,
      Effect.map(getProduct(c.req.valid("param").sku), (product) => c.json(product))
    )
  )
  .put("/:sku", validPath(SkuParams), validBody(ProductBody), (c) => {
    const { sku } = c.req.valid("param")
    return run(
      c,
      Effect.map(putProduct({ sku, ...c.req.valid("json") }), ({ product, created }) =>
        created ? c.json(product, 201, { Location: `/api/products/${sku}` }) : c.json(product)
      )
    )
  })
  .delete("/:sku", validPath(SkuParams), (c) =>
    run(
      c,
      Effect.map(removeProduct(c.req.valid("param").sku), () => c.body(null, 204))
    )
  )
  .post(
    "/:sku/stock",

    validPath(SkuParams),
    validHeaders(IdempotencyHeaders),
    validBody(StockBody),
    (c) => {
      const adjustment = {
        sku: c.req.valid("param").sku,
        ...c.req.valid("json"),
        actorId: c.get("principal").userId,
        idempotencyKey: Option.fromUndefinedOr(c.req.valid("header")["Idempotency-Key"])
      }
      return run(
        c,
        Effect.map(adjustStock(adjustment), ({ sku, available, replayed }) => {
          if (replayed) c.header("Idempotency-Replayed", "true")
          return c.json({ sku, available })
        })
      )
    }
  )
