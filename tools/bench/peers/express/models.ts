// What the Express service stores, as Mongoose models.
import { type InferSchemaType, model, Schema } from "mongoose"

const product = new Schema(
  {
    _id: { type: String, required: true },
    name: { type: String, required: true },
    unitPrice: { type: Number, required: true, min: 0 },
    currency: { type: String, required: true },
    available: { type: Number, required: true, min: 0 }
  },
  { versionKey: false }
)

const user = new Schema(
  {
    _id: { type: String, required: true },
    email: { type: String, required: true, unique: true },
    name: { type: String, required: true }
  },
  { versionKey: false }
)

const order = new Schema(
  {
    _id: { type: String, required: true },
    userId: { type: String, required: true },
    status: {
      type: String,
      enum: ["pending", "confirmed", "fulfilled", "cancelled", "failed"],
      required: true
    },
    items: {
      type: [
        new Schema(
          {
            sku: { type: String, required: true },
            name: { type: String, required: true },
            quantity: { type: Number, required: true, min: 1 },
            unitPrice: { type: Number, required: true, min: 0 }
          },
          { _id: false }
        )
      ],
      required: true
    },
    total: { type: Number, required: true },
    currency: { type: String, required: true },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
    version: { type: Number, required: true },
    timeline: {
      type: [
        new Schema(
          { status: { type: String, required: true }, at: { type: Date, required: true } },
          { _id: false }
        )
      ],
      required: true
    },
    confirmation: {
      type: new Schema({ state: { type: String, required: true }, at: Date }, { _id: false }),
      required: true
    }
  },
  { versionKey: false }
)
order.index({ userId: 1, _id: -1 })

export const Product = model("Product", product)
export const User = model("User", user)
export const Order = model("Order", order)

export type OrderDocument = InferSchemaType<typeof order>

/** As clients see it. */
export const toOrder = ({ _id, ...order }: OrderDocument) => ({ id: _id, ...order })
