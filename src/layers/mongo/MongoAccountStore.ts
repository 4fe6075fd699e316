// Accounts in MongoDB. The unique index on `email` decides who gets an address.
import { Effect, Layer, Option } from "effect"
import type { mongo } from "mongoose"
import {
  type Account,
  type Customer,
  type Disabling,
  maxShortCodeFailures
} from "../../services/accounts/model/Account.ts"
import {
  type AccessOutcome,
  type AccountQuery,
  AccountStore,
  AccountStoreError,
  type PhoneProof,
  type ProfileChanges,
  phoneProofsKept,
  type RoleOutcome
} from "../../services/accounts/ports/AccountStore.ts"
import type { Role } from "../../services/Principal.ts"
import {
  type AccountDocument,
  accountModel,
  adminIndex,
  toAccount,
  toAccountDocument,
  toCustomer,
  toUser
} from "./AccountModel.ts"
import { decodeNullable } from "./document.ts"
import { isDuplicateKey } from "./duplicateKey.ts"
import { MongoConnection, runFor } from "./MongoConnection.ts"
import { conflict, makeTransact, withDeadline } from "./transaction.ts"

/** A count that is 0 where an account is older than the field. */
const counted = (field: "passwordVersion" | "phoneRemovals", count: number) => ({
  $eq: [{ $ifNull: [`$${field}`, 0] }, count]
})

/** The account, while its password is of this version. */
const ofVersion = (id: string, version: number) => ({
  _id: id,
  $expr: counted("passwordVersion", version)
})

/** What no reader of users needs. */
const ofUsers = {
  projection: { passwordHash: 0, passwordVersion: 0, codeFailures: 0, phoneRemovals: 0 }
} as const

/** After every text that begins with the prefix: no address has this character. */
const endOf = (prefix: string): string => `${prefix}\uffff`

export const layer: Layer.Layer<AccountStore, never, MongoConnection> = Layer.effect(
  AccountStore,
  Effect.gen(function* () {
    const connection = yield* MongoConnection
    const transact = yield* makeTransact(connection)
    const accounts = accountModel(connection.mongoose).collection
    const run = runFor(connection, accounts.collectionName, AccountStoreError)

    const isTaken = async (email: string) =>
      (await accounts.findOne({ email }, { projection: { _id: 1 } })) !== null

    const create = (account: Account) =>
      run("create", "insertOne", async () => {
        try {
          await accounts.insertOne(toAccountDocument(account))
          return true
        } catch (error) {
          if (isDuplicateKey(error) && (await isTaken(account.user.email))) return false
          throw error
        }
      })

    const findByEmail = (email: string) =>
      run("findByEmail", "findOne", () => accounts.findOne({ email })).pipe(
        Effect.map(decodeNullable(toAccount))
      )

    const findById = (id: string) =>
      run("findById", "findOne", () => accounts.findOne({ _id: id })).pipe(
        Effect.map(decodeNullable(toAccount))
      )

    const findUsers = (ids: ReadonlyArray<string>) =>
      run("findUsers", "find", () => accounts.find({ _id: { $in: ids } }, ofUsers).toArray()).pipe(
        Effect.map((documents) => documents.map(toUser))
      )

    const countCodeFailure = (id: string) =>
      run("countCodeFailure", "updateOne", () =>
        accounts.updateOne(
          // Also where there is no count yet.
          { _id: id, codeFailures: { $not: { $gte: maxShortCodeFailures } } },
          { $inc: { codeFailures: 1 } }
        )
      ).pipe(Effect.asVoid)

    const clearCodeFailures = (id: string) =>
      run("clearCodeFailures", "updateOne", () =>
        accounts.updateOne({ _id: id }, { $set: { codeFailures: 0 } })
      ).pipe(Effect.asVoid)

    const setPassword = (id: string, version: number, passwordHash: string) =>
      run("setPassword", "updateOne", () =>
        accounts.updateOne(ofVersion(id, version), {
          $set: { passwordHash, passwordVersion: version + 1, codeFailures: 0 }
        })
      ).pipe(Effect.map(({ matchedCount }) => matchedCount === 1))

    const replacePasswordHash = (id: string, from: string, to: string) =>
      run("replacePasswordHash", "updateOne", () =>
        accounts.updateOne({ _id: id, passwordHash: from }, { $set: { passwordHash: to } })
      ).pipe(Effect.map(({ matchedCount }) => matchedCount === 1))

    const setPhone = (
      id: string,
      version: number,
      { verificationId, phone, phoneRemovals }: PhoneProof
    ) =>
      run("setPhone", "findOneAndUpdate", () =>
        accounts.findOneAndUpdate(
          {
            _id: id,
            phoneProofs: { $ne: verificationId },
            $expr: {
              $and: [counted("passwordVersion", version), counted("phoneRemovals", phoneRemovals)]
            }
          },
          {
            $set: { phone, codeFailures: 0 },
            $push: { phoneProofs: { $each: [verificationId], $slice: -phoneProofsKept } }
          },
          { returnDocument: "after" }
        )
      ).pipe(Effect.map(decodeNullable(toUser)))

    const removePhone = (id: string, version: number) =>
      run("removePhone", "findOneAndUpdate", () =>
        accounts.findOneAndUpdate(
          ofVersion(id, version),
          { $set: { phone: null }, $inc: { phoneRemovals: 1 } },
          { returnDocument: "before" }
        )
      ).pipe(Effect.map(decodeNullable(toUser)))

    const changeProfile = (id: string, { name, locale }: ProfileChanges) =>
      run("changeProfile", "findOneAndUpdate", () =>
        accounts.findOneAndUpdate(
          { _id: id },
          {
            $set: {
              ...(name === undefined ? {} : { name: Option.getOrNull(name) }),
              ...(locale === undefined ? {} : { locale })
            }
          },
          { returnDocument: "after" }
        )
      ).pipe(Effect.map(decodeNullable(toUser)))

    /** Newest first: ids sort by creation. */
    const newest = ({ after, limit }: AccountQuery) =>
      accounts
        .find(Option.isSome(after) ? { _id: { $lt: after.value } } : {}, ofUsers)
        .sort({ _id: -1 })
        .limit(limit)
        .toArray()

    const byEmail = async (prefix: string, { after, limit }: AccountQuery) => {
      const last = Option.isSome(after)
        ? await accounts.findOne({ _id: after.value }, { projection: { email: 1 } })
        : null
      if (Option.isSome(after) && last === null) return []
      const from = last === null ? { $gte: prefix } : { $gte: prefix, $gt: last.email }
      return accounts
        .find({ email: { ...from, $lt: endOf(prefix) } }, ofUsers)
        .sort({ email: 1 })
        .limit(limit)
        .toArray()
    }

    const search = (query: AccountQuery) =>
      run("search", "find", () =>
        Option.isSome(query.prefix) ? byEmail(query.prefix.value, query) : newest(query)
      ).pipe(Effect.map((documents) => documents.map(toCustomer)))

    /**
     * Whether an admin is left when this one is not. It is written to: of two admins who are disabled or lose their role
     * at the same time, each transaction then writes what the other one has read, and one of them runs again.
     */
    const isOtherAdminLeft = async (id: string, session: mongo.ClientSession) =>
      (await accounts.findOneAndUpdate(
        { role: "admin", disabled: { $exists: false }, _id: { $ne: id } },
        { $inc: { reliances: 1 } },
        { session, hint: adminIndex, projection: { _id: 1 } }
      )) !== null

    const isLastAdmin = async (
      { user, disabled }: Customer,
      session: mongo.ClientSession
    ): Promise<boolean> =>
      user.role === "admin" &&
      Option.isNone(disabled) &&
      !(await isOtherAdminLeft(user.id, session))

    /**
     * After an unknown commit the change is not run again: it would read its own result, and the audit event would be
     * wrong or missing.
     */
    const changeOnce = <A>(
      operation: string,
      change: (session: mongo.ClientSession) => Promise<A>
    ) =>
      transact(({ session }) => change(session), { repeatable: false }).pipe(
        withDeadline,
        Effect.mapError(({ cause }) => new AccountStoreError({ operation, cause }))
      )

    const changeRole = async (
      email: string,
      role: Role,
      session: mongo.ClientSession
    ): Promise<Option.Option<RoleOutcome>> => {
      const found = await accounts.findOne({ email }, { ...ofUsers, session })
      if (found === null) return Option.none()
      const customer = toCustomer(found)
      if (role !== "admin" && (await isLastAdmin(customer, session)))
        return Option.some({ _tag: "LastAdmin" })
      const { user } = customer
      await accounts.updateOne({ _id: user.id }, { $set: { role } }, { session })
      return Option.some({ _tag: "Changed", user: { ...user, role }, before: user.role })
    }

    const setRole = (email: string, role: Role) =>
      changeOnce("setRole", (session) => changeRole(email, role, session))

    const changeAccess = async (
      id: string,
      disabled: Option.Option<Disabling>,
      session: mongo.ClientSession
    ): Promise<Option.Option<AccessOutcome>> => {
      const found = await accounts.findOne({ _id: id }, { ...ofUsers, session })
      if (found === null) return Option.none()
      const customer = toCustomer(found)
      if (Option.isSome(customer.disabled) === Option.isSome(disabled))
        return Option.some({ _tag: "Unchanged", customer })
      if (Option.isSome(disabled) && (await isLastAdmin(customer, session)))
        return Option.some({ _tag: "LastAdmin" })
      const change: mongo.UpdateFilter<AccountDocument> = Option.isSome(disabled)
        ? { $set: { disabled: disabled.value } }
        : { $unset: { disabled: true } }
      const { matchedCount } = await accounts.updateOne(
        { _id: id, disabled: { $exists: Option.isNone(disabled) } },
        change,
        { session }
      )
      if (matchedCount === 0) throw conflict("the account changed meanwhile")
      return Option.some({ _tag: "Changed", customer: { ...customer, disabled } })
    }

    const setDisabled = (id: string, disabled: Option.Option<Disabling>) =>
      changeOnce("setDisabled", (session) => changeAccess(id, disabled, session))

    return AccountStore.of({
      create,
      findByEmail,
      findById,
      findUsers,
      countCodeFailure,
      clearCodeFailures,
      setPassword,
      replacePasswordHash,
      setPhone,
      removePhone,
      changeProfile,
      setRole,
      search,
      setDisabled
    })
  })
)
