// How stock movements are stored: written once, never changed.
import { Option } from "effect"
import { Schema } from "mongoose"
import { StockMovement } from "../../services/products/model/StockMovement.ts"
import { checked, decoder, modelOf } from "./document.ts"

export interface StockMovementDocument extends Omit<StockMovement, "idempotencyKey"> {
  idempotencyKey?: string
}

const schema = new Schema<StockMovementDocument>(
  {
    sku: { type: String, required: true },
    delta: { type: Number, required: true },
    reason: { type: String, required: true },
    actorId: { type: String, required: true },
    idempotencyKey: String,
    at: { type: Date, required: true },
    availableAfter: { type: Number, required: true }
  },
  { collection: "stock_movements", versionKey: false }
)
// A product's movements, newest first: ids sort by creation, to the second over several processes.
schema.index({ sku: 1, _id: -1 })
// One movement per request, over all processes.
schema.index(
  { actorId: 1, idempotencyKey: 1 },
  { unique: true, partialFilterExpression: { idempotencyKey: { $exists: true } } }
)

export const stockMovementModel = modelOf<StockMovementDocument>("StockMovement", schema, {
  // Readiness of processes of the previous version asks for it.
  outdated: [{ sku: 1, at: -1 }]
})

export const toStockMovementDocument = ({
  idempotencyKey,
  ...movement
}: StockMovement): StockMovementDocument =>
  checked(schema, {
    ...movement,
    ...(Option.isNone(idempotencyKey) ? {} : { idempotencyKey: idempotencyKey.value })
  })

export const toStockMovement = decoder(StockMovement, (document: StockMovementDocument) => ({
  ...document,
  idempotencyKey: Option.fromUndefinedOr(document.idempotencyKey)
}))
