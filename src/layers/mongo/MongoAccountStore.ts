// Accounts in MongoDB. The unique index on `email` decides who gets an address.
import { Effect, Layer } from "effect"
import { Account, User } from "../../services/accounts/model/Account.ts"
import { AccountStore, AccountStoreError } from "../../services/accounts/ports/AccountStore.ts"
import type { Role } from "../../services/Principal.ts"
import { type AccountDocument, accountModel } from "./AccountModel.ts"
import { decodeNullable, decoder } from "./document.ts"
import { isDuplicateKey } from "./duplicateKey.ts"
import { MongoConnection, runFor } from "./MongoConnection.ts"

type UserDocument = Omit<AccountDocument, "passwordHash" | "passwordVersion">

const toUser = ({ _id, ...user }: UserDocument) => ({ ...user, id: _id })
const decodeUser = decoder(User, toUser)
const decodeAccount = decoder(
  Account,
  ({ passwordHash, passwordVersion = 0, ...user }: AccountDocument) => ({
    user: toUser(user),
    passwordHash,
    passwordVersion
  })
)

/** The account, while its password is of this version. */
const ofVersion = (id: string, version: number) => ({
  _id: id,
  $expr: { $eq: [{ $ifNull: ["$passwordVersion", 0] }, version] }
})

const isTaken = (error: unknown): boolean =>
  isDuplicateKey(error) && error["keyPattern"]?.["email"] === 1

export const layer: Layer.Layer<AccountStore, never, MongoConnection> = Layer.effect(
  AccountStore,
  Effect.gen(function* () {
    const connection = yield* MongoConnection
    const run = runFor(connection, AccountStoreError)
    const accounts = accountModel(connection.mongoose)

    const create = Effect.fn("MongoAccountStore.create")(({ user, ...password }: Account) => {
      const { id, ...rest } = user
      return run("create", () =>
        accounts.create({ ...rest, ...password, _id: id }).then(
          () => true,
          (error: unknown) => {
            if (isTaken(error)) return false
            throw error
          }
        )
      )
    })

    const findByEmail = Effect.fn("MongoAccountStore.findByEmail")((email: string) =>
      run("findByEmail", () => accounts.findOne({ email }).lean().exec()).pipe(
        Effect.flatMap(decodeNullable(decodeAccount))
      )
    )

    const findById = Effect.fn("MongoAccountStore.findById")((id: string) =>
      run("findById", () => accounts.findById(id).lean().exec()).pipe(
        Effect.flatMap(decodeNullable(decodeAccount))
      )
    )

    const findUsers = Effect.fn("MongoAccountStore.findUsers")((ids: ReadonlyArray<string>) =>
      run("findUsers", () =>
        accounts
          .find({ _id: { $in: ids } }, { passwordHash: 0, passwordVersion: 0 })
          .lean()
          .exec()
      ).pipe(Effect.flatMap((documents) => Effect.forEach(documents, decodeUser)))
    )

    const setPassword = Effect.fn("MongoAccountStore.setPassword")(
      (id: string, version: number, passwordHash: string) =>
        run("setPassword", () =>
          accounts
            .updateOne(ofVersion(id, version), {
              $set: { passwordHash, passwordVersion: version + 1 }
            })
            .exec()
        ).pipe(Effect.map(({ matchedCount }) => matchedCount === 1))
    )

    const replacePasswordHash = Effect.fn("MongoAccountStore.replacePasswordHash")(
      (id: string, from: string, to: string) =>
        run("replacePasswordHash", () =>
          accounts.updateOne({ _id: id, passwordHash: from }, { $set: { passwordHash: to } }).exec()
        ).pipe(Effect.map(({ matchedCount }) => matchedCount === 1))
    )

    const setPhone = Effect.fn("MongoAccountStore.setPhone")(
      (id: string, version: number, phone: string) =>
        run("setPhone", () =>
          accounts
            .findOneAndUpdate(
              ofVersion(id, version),
              { $set: { phone } },
              { returnDocument: "after" }
            )
            .lean()
            .exec()
        ).pipe(Effect.flatMap(decodeNullable(decodeUser)))
    )

    const setRole = Effect.fn("MongoAccountStore.setRole")((email: string, role: Role) =>
      run("setRole", () =>
        accounts
          .findOneAndUpdate({ email }, { $set: { role } }, { returnDocument: "after" })
          .lean()
          .exec()
      ).pipe(Effect.flatMap(decodeNullable(decodeUser)))
    )

    return AccountStore.of({
      create,
      findByEmail,
      findById,
      findUsers,
      setPassword,
      replacePasswordHash,
      setPhone,
      setRole
    })
  })
)
