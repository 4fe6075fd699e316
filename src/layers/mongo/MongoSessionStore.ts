// Sessions in MongoDB. A rotation is one update that compares the presented `jti` with the stored
// ones and rotates, repeats or ends: of any number of refreshes with one token one rotates.
import { Effect, Layer, Option } from "effect"
import type { PipelineStage } from "mongoose"
import {
  graceSeconds,
  isCurrentOrRepeat,
  maxSessions,
  type Session
} from "../../services/accounts/model/Session.ts"
import {
  type Ending,
  type EndOutcome,
  type Rotation,
  type RotationOutcome,
  SessionStore,
  SessionStoreError
} from "../../services/accounts/ports/SessionStore.ts"
import { addSeconds } from "../../services/time.ts"
import { decodeNullable } from "./document.ts"
import { MongoConnection, runFor } from "./MongoConnection.ts"
import { sessionModel, toSession, toSessionDocument } from "./SessionModel.ts"

/** Neither ended nor expired, by idleness or age. */
const alive = (at: Date) => ({
  endedAt: null,
  absoluteExpiresAt: { $gt: at },
  "current.exp": { $gt: at.getTime() / 1000 }
})

/** Their ids, in an order that is the same for all who look: by `lastUsedAt`, then as they were created. */
const surplus = (userId: string, at: Date): Array<PipelineStage> => [
  { $match: { userId, ...alive(at) } },
  { $set: { lastUsedAt: { $ifNull: ["$previous.rotatedAt", "$createdAt"] } } },
  { $sort: { lastUsedAt: -1, _id: -1 } },
  { $skip: maxSessions },
  { $project: { _id: 1 } }
]

/** Decided inside the one update, on the state that it replaces: no state in between is acted on. */
const rotated = ({ presented, next, at }: Rotation) => {
  // Values, never field paths, whatever a token carries.
  const jti = { $literal: presented }
  const isCurrent = { $eq: ["$current.jti", jti] }
  const isRepeat = {
    $and: [
      { $eq: ["$previous.jti", jti] },
      { $gt: ["$previous.rotatedAt", addSeconds(at, -graceSeconds)] }
    ]
  }
  return [
    {
      $set: {
        current: { $cond: [isCurrent, { $literal: next }, "$current"] },
        previous: { $cond: [isCurrent, { jti, rotatedAt: at }, "$previous"] },
        endedAt: { $cond: [{ $or: [isCurrent, isRepeat] }, null, at] }
      }
    }
  ]
}

/** What the update did, read off what it left. */
const outcome = (session: Session, { next }: Rotation): RotationOutcome => {
  if (Option.isSome(session.endedAt)) return { _tag: "Reused", session }
  return { _tag: session.current.jti === next.jti ? "Rotated" : "Repeated", session }
}

export const layer: Layer.Layer<SessionStore, never, MongoConnection> = Layer.effect(
  SessionStore,
  Effect.gen(function* () {
    const connection = yield* MongoConnection
    const run = runFor(connection, SessionStoreError)
    const sessions = sessionModel(connection.mongoose).collection

    const create = Effect.fn("MongoSessionStore.create")(function* (session: Session) {
      yield* run("create", () => sessions.insertOne(toSessionDocument(session)))
      const { userId, createdAt: at } = session
      const ids = yield* run("create", () =>
        sessions.aggregate<{ readonly _id: string }>(surplus(userId, at)).toArray()
      )
      if (ids.length === 0) return 0
      // One that another login has ended meanwhile is not counted twice.
      const found = { _id: { $in: ids.map(({ _id }) => _id) }, endedAt: null }
      const { modifiedCount } = yield* run("create", () =>
        sessions.updateMany(found, { $set: { endedAt: at } })
      )
      return modifiedCount
    })

    const rotate = Effect.fn("MongoSessionStore.rotate")((rotation: Rotation) =>
      run("rotate", () =>
        sessions.findOneAndUpdate(
          { _id: rotation.sessionId, ...alive(rotation.at) },
          rotated(rotation),
          { returnDocument: "after" }
        )
      ).pipe(
        Effect.map(decodeNullable(toSession)),
        Effect.map(
          Option.match({
            onNone: (): RotationOutcome => ({ _tag: "Ended" }),
            onSome: (session) => outcome(session, rotation)
          })
        )
      )
    )

    // The update that ends the session answers with what it replaced: the token is judged by that.
    const end = Effect.fn("MongoSessionStore.end")(({ sessionId, presented, at }: Ending) =>
      run("end", () =>
        sessions.findOneAndUpdate(
          { _id: sessionId, ...alive(at) },
          { $set: { endedAt: at } },
          { returnDocument: "before" }
        )
      ).pipe(
        Effect.map(decodeNullable(toSession)),
        Effect.map(
          Option.match({
            onNone: (): EndOutcome => "Over",
            onSome: (session) =>
              isCurrentOrRepeat(session, presented, at) ? "LoggedOut" : "Reused"
          })
        )
      )
    )

    const findOwn = Effect.fn("MongoSessionStore.findOwn")(
      (userId: string, sessionId: string, at: Date) =>
        run("findOwn", () => sessions.findOne({ _id: sessionId, userId, ...alive(at) })).pipe(
          Effect.map(decodeNullable(toSession))
        )
    )

    const list = Effect.fn("MongoSessionStore.list")((userId: string, at: Date, limit: number) =>
      run("list", () =>
        sessions
          .find({ userId, ...alive(at) })
          .sort({ createdAt: -1 })
          .limit(limit)
          .toArray()
      ).pipe(Effect.map((documents) => documents.map(toSession)))
    )

    const endOwn = Effect.fn("MongoSessionStore.endOwn")(
      (userId: string, sessionId: string, at: Date) =>
        run("endOwn", () =>
          sessions.updateOne({ _id: sessionId, userId, ...alive(at) }, { $set: { endedAt: at } })
        ).pipe(Effect.map(({ modifiedCount }) => modifiedCount === 1))
    )

    const endAll = Effect.fn("MongoSessionStore.endAll")((userId: string, at: Date) =>
      run("endAll", () =>
        sessions.updateMany({ userId, ...alive(at) }, { $set: { endedAt: at } })
      ).pipe(Effect.map(({ modifiedCount }) => modifiedCount))
    )

    const endOutdated = Effect.fn("MongoSessionStore.endOutdated")(
      (userId: string, passwordVersion: number, at: Date) =>
        run("endOutdated", () =>
          sessions.updateMany(
            // Not "less than": that would leave out those without the field.
            { userId, endedAt: null, passwordVersion: { $not: { $gte: passwordVersion } } },
            { $set: { endedAt: at } }
          )
        ).pipe(Effect.asVoid)
    )

    const keep = Effect.fn("MongoSessionStore.keep")((sessionId: string, passwordVersion: number) =>
      run("keep", () => sessions.updateOne({ _id: sessionId }, { $set: { passwordVersion } })).pipe(
        Effect.asVoid
      )
    )

    return SessionStore.of({
      create,
      rotate,
      findOwn,
      end,
      list,
      endOwn,
      endAll,
      endOutdated,
      keep
    })
  })
)
