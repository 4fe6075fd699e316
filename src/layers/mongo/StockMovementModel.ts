// How stock movements are stored: written once, never changed.
import { Schema as EffectSchema } from "effect"
import { type Connection, type Model, type mongo, Schema } from "mongoose"
import { StockMovement } from "../../services/products/model/StockMovement.ts"

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
  { collection: "stock_movements", strict: "throw", strictQuery: "throw", versionKey: false }
)
schema.index({ sku: 1, at: -1 })
// One movement per request, over all processes.
schema.index(
  { actorId: 1, idempotencyKey: 1 },
  { unique: true, partialFilterExpression: { idempotencyKey: { $exists: true } } }
)

export const stockMovementModel = (connection: Connection): Model<StockMovementDocument> =>
  connection.model<StockMovementDocument>("StockMovement", schema)

/** The driver's collection: no hydration, and sessions are passed as they are. */
export const stockMovementCollection = (
  connection: Connection
): mongo.Collection<StockMovementDocument> =>
  connection.collection<StockMovementDocument>(
    stockMovementModel(connection).collection.collectionName
  )

export const toMovementDocument = ({
  idempotencyKey,
  ...movement
}: StockMovement): StockMovementDocument =>
  idempotencyKey === null ? movement : { ...movement, idempotencyKey }

const decode = EffectSchema.decodeUnknownSync(StockMovement)

/** Throws for a document that is no movement. */
export const toMovement = (document: StockMovementDocument): StockMovement =>
  decode({ ...document, idempotencyKey: document.idempotencyKey ?? null })
