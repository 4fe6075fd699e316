// How accounts are stored. The unique index on `email` is what makes addresses unique.
import { Option } from "effect"
import { Schema } from "mongoose"
import { Account, Customer, type Disabling, User } from "../../services/accounts/model/Account.ts"
import { defaultLocale, type Locale, locales } from "../../services/locale.ts"
import { type Role, roles } from "../../services/Principal.ts"
import { checked, decoder, modelOf } from "./document.ts"

export interface AccountDocument {
  _id: string
  email: string
  name: string | null
  phone: string | null
  role: Role
  /** Absent where an account is older than the field. */
  locale?: Locale
  passwordHash: string
  /** Absent, where an account is older than the field, it is 0. */
  passwordVersion?: number
  /** Absent, where an account is older than the field, it is 0. */
  codeFailures?: number
  /** The same. */
  phoneRemovals?: number
  /** The verifications that set a phone, the newest last; absent before the first. */
  phoneProofs?: Array<string>
  /** Absent: the account may be used. */
  disabled?: Disabling
  /** How often the disabling of another admin has relied on this one, see `MongoAccountStore.setDisabled`. */
  reliances?: number
  createdAt: Date
}

const schema = new Schema<AccountDocument>(
  {
    _id: { type: String, required: true },
    email: { type: String, required: true },
    name: String,
    phone: String,
    role: { type: String, enum: roles, required: true },
    locale: { type: String, enum: locales, required: true },
    passwordHash: { type: String, required: true },
    passwordVersion: { type: Number, required: true },
    codeFailures: { type: Number, required: true },
    phoneRemovals: { type: Number, required: true },
    phoneProofs: [String],
    disabled: new Schema<Disabling>(
      { at: { type: Date, required: true }, reason: { type: String, required: true } },
      { _id: false }
    ),
    reliances: Number,
    createdAt: { type: Date, required: true }
  },
  { collection: "accounts", versionKey: false }
)
schema.index({ email: 1 }, { unique: true })
/** Few have a role: without them, to look for another admin would read all accounts. */
export const adminIndex = { role: 1, _id: 1 } as const
schema.index(adminIndex, { partialFilterExpression: { role: "admin" } })

export const accountModel = modelOf<AccountDocument>("Account", schema)

export const toAccountDocument = ({
  user: { id, ...user },
  disabled,
  ...account
}: Account): AccountDocument =>
  checked(schema, {
    _id: id,
    ...user,
    name: Option.getOrNull(user.name),
    phone: Option.getOrNull(user.phone),
    ...(Option.isNone(disabled) ? {} : { disabled: disabled.value }),
    ...account
  })

type UserDocument = Omit<
  AccountDocument,
  "passwordHash" | "passwordVersion" | "codeFailures" | "phoneRemovals"
>

const userFields = ({ _id, locale = defaultLocale, ...user }: UserDocument) => ({
  ...user,
  locale,
  id: _id
})

export const toUser = decoder(User, userFields)

export const toCustomer = decoder(Customer, ({ disabled, ...user }: UserDocument) => ({
  user: userFields(user),
  disabled: Option.fromUndefinedOr(disabled)
}))

export const toAccount = decoder(
  Account,
  ({
    passwordHash,
    passwordVersion = 0,
    codeFailures = 0,
    phoneRemovals = 0,
    disabled,
    ...user
  }: AccountDocument) => ({
    user: userFields(user),
    passwordHash,
    passwordVersion,
    codeFailures,
    phoneRemovals,
    disabled: Option.fromUndefinedOr(disabled)
  })
)
