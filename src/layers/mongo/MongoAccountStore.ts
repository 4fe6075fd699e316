// Accounts in MongoDB. The unique index on `email` decides who gets an address.
import { Effect, Layer } from "effect"
import { type Account, maxShortCodeFailures } from "../../services/accounts/model/Account.ts"
import {
  AccountStore,
  AccountStoreError,
  type PhoneProof,
  phoneProofsKept
} from "../../services/accounts/ports/AccountStore.ts"
import type { Role } from "../../services/Principal.ts"
import { accountModel, toAccount, toAccountDocument, toUser } from "./AccountModel.ts"
import { decodeNullable } from "./document.ts"
import { isDuplicateKey } from "./duplicateKey.ts"
import { MongoConnection, runFor } from "./MongoConnection.ts"

/** A count that is 0 where an account is older than the field. */
const counted = (field: "passwordVersion" | "phoneRemovals", count: number) => ({
  $eq: [{ $ifNull: [`$${field}`, 0] }, count]
})

/** The account, while its password is of this version. */
const ofVersion = (id: string, version: number) => ({
  _id: id,
  $expr: counted("passwordVersion", version)
})

export const layer: Layer.Layer<AccountStore, never, MongoConnection> = Layer.effect(
  AccountStore,
  Effect.gen(function* () {
    const connection = yield* MongoConnection
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
      run("findUsers", "find", () =>
        accounts
          .find(
            { _id: { $in: ids } },
            {
              projection: { passwordHash: 0, passwordVersion: 0, codeFailures: 0, phoneRemovals: 0 }
            }
          )
          .toArray()
      ).pipe(Effect.map((documents) => documents.map(toUser)))

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

    const setRole = (email: string, role: Role) =>
      run("setRole", "findOneAndUpdate", () =>
        accounts.findOneAndUpdate({ email }, { $set: { role } }, { returnDocument: "after" })
      ).pipe(Effect.map(decodeNullable(toUser)))

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
      setRole
    })
  })
)
