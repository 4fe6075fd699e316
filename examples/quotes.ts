// Another endpoint: POST /api/quotes, what so many pieces of a product cost today. Its operation says who may call and
// what comes and goes; guards, limits, checks of the body, the OpenAPI document and the pages come from that.
import { Effect } from "effect"
import { type Extension, fields, named } from "order-processing"
import { getProduct } from "order-processing/services"
import * as z from "zod"

const Quote = z
  .object({
    sku: fields.Sku,
    quantity: fields.Quantity,
    total: z.int().min(0).meta({ description: "Minor units", example: 12900 }),
    currency: fields.Currency
  })
  .meta({ id: "Quote" })

const operations = named({
  quote: {
    tag: "Products",
    method: "post",
    path: "/api/quotes",
    caller: "user",
    summary: "What so many pieces cost today",
    body: z.strictObject({ sku: fields.Sku, quantity: fields.Quantity }).meta({ id: "QuoteInput" }),
    example: { sku: "kettle", quantity: 2 },
    answers: { 200: { description: "The price, which no order is bound to", body: Quote } },
    errors: ["not_found"]
  }
})

/** The use case: an effect on the ports of the system. */
const quote = Effect.fn("quote")(function* (sku: string, quantity: number) {
  const { unitPrice, currency } = yield* getProduct(sku)
  return { sku, quantity, total: unitPrice * quantity, currency }
})

export const quotes: Extension = {
  operations: Object.values(operations),
  routes: ({ route }) =>
    route(operations.quote, ({ request, body: { sku, quantity } }) =>
      Effect.map(quote(sku, quantity), (answer) => request.json(answer))
    )
}
