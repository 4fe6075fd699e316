// Every model, in one list: what `migrate` creates and what readiness asks for.
import type { Connection, Model, SchemaOptions } from "mongoose"
import { accountModel } from "./AccountModel.ts"
import { auditEventModel } from "./AuditEventModel.ts"
import { orderModel } from "./OrderModel.ts"
import { productModel } from "./ProductModel.ts"
import { sessionModel } from "./SessionModel.ts"
import { stockMovementModel } from "./StockMovementModel.ts"
import { verificationModel } from "./VerificationModel.ts"

/** A model with its document type forgotten: all that matters here is its collection and indexes. */
export type AnyModel = Pick<
  Model<unknown>,
  "collection" | "createCollection" | "diffIndexes" | "modelName"
> & { readonly schema: { readonly get: (option: "capped") => SchemaOptions["capped"] } }

export const models: ReadonlyArray<(connection: Connection) => AnyModel> = [
  accountModel,
  verificationModel,
  sessionModel,
  productModel,
  stockMovementModel,
  orderModel,
  auditEventModel
]
