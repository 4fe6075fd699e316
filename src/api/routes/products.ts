// /api/products: the public catalogue, and its management for administrators; /api/admin/products: what staff see.
import { Effect, Option, Schema } from "effect"
import type { Page } from "../../services/page.ts"
import {
  getFromCatalogue,
  getProduct,
  listCatalogue,
  listMovements,
  listProducts
} from "../../services/products/browse.ts"
import {
  adjustStock,
  changeProduct,
  putProduct,
  removeProduct
} from "../../services/products/manage.ts"
import { Product } from "../../services/products/model/Product.ts"
import { pageBody } from "../contract/cursor.ts"
import { productOperations as operations } from "../contract/products.ts"
import { changesIn } from "../productChanges.ts"
import type { Serve } from "../serve.ts"

const encodeProduct = Schema.encodeSync(Product)

const productPage = ({ items, next }: Page<Product>) =>
  pageBody({ items: items.map((item) => encodeProduct(item)), next })

export const productRoutes = ({ route }: Serve): void => {
  route(operations.listProducts, ({ request, query: { cursor, limit, category, q } }) => {
    const query = {
      after: Option.fromUndefinedOr(cursor),
      limit,
      category: Option.fromUndefinedOr(category),
      q: Option.fromUndefinedOr(q)
    }
    return Effect.map(listProducts(query), (page) => request.json(productPage(page)))
  })

  route(operations.listCatalogue, ({ request, query: { cursor, limit, category, q, active } }) => {
    const query = {
      after: Option.fromUndefinedOr(cursor),
      limit,
      category: Option.fromUndefinedOr(category),
      q: Option.fromUndefinedOr(q),
      active: Option.map(Option.fromUndefinedOr(active), (text) => text === "true")
    }
    return Effect.map(listCatalogue(query), (page) => request.json(productPage(page)))
  })

  route(operations.getProduct, ({ request, params }) =>
    Effect.map(getProduct(params.sku), (product) => request.json(encodeProduct(product)))
  )

  route(operations.getFromCatalogue, ({ request, params }) =>
    Effect.map(getFromCatalogue(params.sku), (product) => request.json(encodeProduct(product)))
  )

  route(operations.putProduct, ({ request, params: { sku }, body }) => {
    const { name, unitPrice, currency } = body
    const product = { ...changesIn(body), sku, name, unitPrice, currency }
    return Effect.map(putProduct(product, body.reason ?? undefined), (put) =>
      put.created
        ? request.json(encodeProduct(put.product), 201, { Location: `/api/products/${sku}` })
        : request.json(encodeProduct(put.product))
    )
  })

  route(operations.changeProduct, ({ request, params, body }) =>
    Effect.map(changeProduct(params.sku, changesIn(body), body.reason ?? undefined), (product) =>
      request.json(encodeProduct(product))
    )
  )

  route(operations.removeProduct, ({ request, params, query }) =>
    Effect.map(removeProduct(params.sku, query.reason), () => request.answer(null, 204))
  )

  route(operations.adjustStock, ({ request, principal, params, headers, body }) => {
    const adjusting = adjustStock({
      sku: params.sku,
      ...body,
      actorId: principal.userId,
      idempotencyKey: Option.fromUndefinedOr(headers["Idempotency-Key"])
    })
    return Effect.map(adjusting, ({ sku, available, replayed }) =>
      request.json({ sku, available }, 200, replayed ? { "Idempotency-Replayed": "true" } : {})
    )
  })

  route(operations.listMovements, ({ request, params: { sku }, query: { cursor, limit } }) =>
    Effect.map(
      listMovements({ sku, before: Option.fromUndefinedOr(cursor), limit }),
      ({ items, next }) =>
        request.json(
          pageBody({
            items: items.map(({ id, movement }) => ({
              id,
              delta: movement.delta,
              reason: movement.reason,
              actorId: movement.actorId,
              at: movement.at,
              availableAfter: movement.availableAfter
            })),
            next
          })
        )
    )
  )
}
