// Verifications in MongoDB. Every rule is the condition of one update. A read only explains why an update found
// nothing: a majority has the state that the update saw, so the read is not older.
import { Effect, Layer, Option } from "effect"
import {
  isExpired,
  isOpen,
  maxAttempts,
  type Verification
} from "../../services/accounts/model/Verification.ts"
import {
  type AttemptOutcome,
  type Renewal,
  type RenewalOutcome,
  VerificationStore,
  VerificationStoreError
} from "../../services/accounts/ports/VerificationStore.ts"
import { decodeNullable } from "./document.ts"
import { MongoConnection, runFor } from "./MongoConnection.ts"
import { toVerification, toVerificationDocument, verificationModel } from "./VerificationModel.ts"

const unexpired = (id: string, at: Date) => ({ _id: id, expiresAt: { $gt: at } })

/** Neither used nor expired. */
const open = (id: string, at: Date) => ({ ...unexpired(id, at), consumedAt: null })

export const layer: Layer.Layer<VerificationStore, never, MongoConnection> = Layer.effect(
  VerificationStore,
  Effect.gen(function* () {
    const connection = yield* MongoConnection
    const verifications = verificationModel(connection.mongoose).collection
    const run = runFor(connection, verifications.collectionName, VerificationStoreError)

    const create = (verification: Verification) =>
      run("create", "insertOne", () =>
        verifications.insertOne(toVerificationDocument(verification))
      ).pipe(Effect.asVoid)

    const find = (id: string) =>
      run("find", "findOne", () => verifications.findOne({ _id: id })).pipe(
        Effect.map(decodeNullable(toVerification))
      )

    const attempt = Effect.fnUntraced(function* (
      id: string,
      at: Date
    ): Effect.fn.Return<AttemptOutcome, VerificationStoreError> {
      const counted = yield* run("attempt", "findOneAndUpdate", () =>
        verifications.findOneAndUpdate(
          { ...unexpired(id, at), attempts: { $lt: maxAttempts } },
          { $inc: { attempts: 1 } },
          { returnDocument: "after" }
        )
      ).pipe(Effect.map(decodeNullable(toVerification)))
      if (Option.isSome(counted)) return { _tag: "Counted", verification: counted.value }
      const latest = yield* find(id)
      if (Option.isNone(latest) || isExpired(latest.value, at)) return { _tag: "Gone" }
      return { _tag: "TooManyAttempts" }
    })

    const consume = (id: string, at: Date) =>
      run("consume", "updateOne", () =>
        verifications.updateOne(open(id, at), { $set: { consumedAt: at } })
      ).pipe(Effect.map(({ modifiedCount }) => modifiedCount === 1))

    const renew = Effect.fnUntraced(function* (
      id: string,
      { at, ...changes }: Renewal
    ): Effect.fn.Return<RenewalOutcome, VerificationStoreError> {
      const renewed = yield* run("renew", "findOneAndUpdate", () =>
        verifications.findOneAndUpdate(
          { ...open(id, at), attempts: { $lt: maxAttempts }, resendAt: { $lte: at } },
          { $set: changes },
          { returnDocument: "after" }
        )
      ).pipe(Effect.map(decodeNullable(toVerification)))
      if (Option.isSome(renewed)) return { _tag: "Renewed", verification: renewed.value }
      const latest = yield* find(id)
      if (Option.isNone(latest) || !isOpen(latest.value, at)) return { _tag: "Gone" }
      const { attempts, resendAt } = latest.value
      return attempts < maxAttempts ? { _tag: "TooSoon", resendAt } : { _tag: "TooManyAttempts" }
    })

    return VerificationStore.of({ create, find, attempt, consume, renew })
  })
)
