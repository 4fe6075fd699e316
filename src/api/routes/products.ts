// /api/products: the catalogue for everybody, and its management for administrators.
import { Effect, Option } from "effect"
import { getProduct, listMovements, listProducts } from "../../services/products/browse.ts"
import { adjustStock, putProduct, removeProduct } from "../../services/products/manage.ts"
import { pageBody } from "../contract/cursor.ts"
import { productOperations as operations } from "../contract/products.ts"
import type { Serve } from "../serve.ts"

export const productRoutes = ({ route }: Serve): void => {
  route(operations.listProducts, ({ request, query: { cursor, limit, q } }) => {
    const query = { after: Option.fromUndefinedOr(cursor), limit, q: Option.fromUndefinedOr(q) }
    return Effect.map(listProducts(query), (page) => request.json(pageBody(page)))
  })

  route(operations.getProduct, ({ request, params }) =>
    Effect.map(getProduct(params.sku), (product) => request.json(product))
  )

  route(operations.putProduct, ({ request, params: { sku }, body }) =>
    Effect.map(putProduct({ sku, ...body }), ({ product, created }) =>
      created
        ? request.json(product, 201, { Location: `/api/products/${sku}` })
        : request.json(product)
    )
  )

  route(operations.removeProduct, ({ request, params }) =>
    Effect.map(removeProduct(params.sku), () => request.answer(null, 204))
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
