// How accounts are stored. The unique index on `email` is what makes addresses unique.
import { type Connection, type Model, Schema } from "mongoose"
import { type Role, roles } from "../../services/Principal.ts"

export interface AccountDocument {
  _id: string
  email: string
  name: string | null
  phone: string | null
  role: Role
  passwordHash: string
  /** Absent, where an account is older than the field, it is 0. */
  passwordVersion?: number
  createdAt: Date
}

const schema = new Schema<AccountDocument>(
  {
    _id: { type: String, required: true },
    email: { type: String, required: true },
    name: { type: String, default: null },
    phone: { type: String, default: null },
    role: { type: String, enum: roles, required: true },
    passwordHash: { type: String, required: true },
    passwordVersion: { type: Number, required: true },
    createdAt: { type: Date, required: true }
  },
  { collection: "accounts", strict: "throw", strictQuery: "throw", versionKey: false }
)
schema.index({ email: 1 }, { unique: true })

export const accountModel = (connection: Connection): Model<AccountDocument> =>
  connection.model<AccountDocument>("Account", schema)
