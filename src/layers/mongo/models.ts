// Every model, in one list: what `migrate` creates and what readiness asks for.
import type { Connection } from "mongoose"
import { accountModel } from "./AccountModel.ts"
import { auditEventModel } from "./AuditEventModel.ts"
import type { StoredModel } from "./document.ts"
import { orderModel } from "./OrderModel.ts"
import { productModel } from "./ProductModel.ts"
import { sessionModel } from "./SessionModel.ts"
import { stockMovementModel } from "./StockMovementModel.ts"
import { verificationModel } from "./VerificationModel.ts"

export const models: ReadonlyArray<
  (connection: Connection) => Omit<StoredModel<never>, "collection">
> = [
  accountModel,
  verificationModel,
  sessionModel,
  productModel,
  stockMovementModel,
  orderModel,
  auditEventModel
]
