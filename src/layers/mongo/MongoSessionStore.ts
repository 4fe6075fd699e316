// Sessions in MongoDB. A rotation is one update that compares the presented `jti` with the stored ones and rotates,
// repeats or ends: of any number of refreshes with one token one rotates, and one is the late repeat. An update returns
// the document before it, and the model tells from that what the update did.
import { Effect, Layer, Option } from "effect"
import type { PipelineStage } from "mongoose"
import {
  afterRefresh,
  graceSeconds,
  judgeToken,
  lateRepeatSeconds,
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

/**
 * `judgeToken` and `afterRefresh` inside the one update, on the state that it replaces: no state in between is acted
 * on.
 */
const refreshed = ({ presented, next, at }: Rotation) => {
  // `$literal`: a text from a token is a value, never a field path.
  const jti = { $literal: presented }
  const isWithin = (seconds: number, since: string) => ({ $gt: [since, addSeconds(at, -seconds)] })
  const gave = (token: unknown) => ({ $eq: ["$lateRepeat.gave", token] })
  const isCurrent = { $eq: ["$current.jti", jti] }
  const isPrevious = { $eq: ["$previous.jti", jti] }
  const inGrace = {
    $or: [
      isWithin(graceSeconds, "$previous.rotatedAt"),
      { $and: [gave("$current.jti"), isWithin(graceSeconds, "$lateRepeat.at")] }
    ]
  }
  const mayRepeat = { $not: [{ $or: [gave("$current.jti"), gave(jti)] }] }
  const isRepeat = { $and: [isPrevious, inGrace] }
  const isLateRepeat = {
    $and: [
      isPrevious,
      { $not: [inGrace] },
      mayRepeat,
      isWithin(lateRepeatSeconds, "$previous.rotatedAt")
    ]
  }
  return [
    {
      $set: {
        current: { $cond: [isCurrent, { $literal: next }, "$current"] },
        previous: { $cond: [isCurrent, { jti, rotatedAt: at }, "$previous"] },
        lateRepeat: { $cond: [isLateRepeat, { gave: "$current.jti", at }, "$lateRepeat"] },
        endedAt: { $cond: [{ $or: [isCurrent, isRepeat, isLateRepeat] }, null, at] }
      }
    }
  ]
}

const outcome = (replaced: Session, rotation: Rotation): RotationOutcome => {
  const verdict = judgeToken(replaced, rotation.presented, rotation.at)
  return { _tag: verdict, session: afterRefresh(replaced, verdict, rotation) }
}

export const layer: Layer.Layer<SessionStore, never, MongoConnection> = Layer.effect(
  SessionStore,
  Effect.gen(function* () {
    const connection = yield* MongoConnection
    const sessions = sessionModel(connection.mongoose).collection
    const run = runFor(connection, sessions.collectionName, SessionStoreError)

    const create = Effect.fnUntraced(function* (session: Session) {
      yield* run("create", "insertOne", () => sessions.insertOne(toSessionDocument(session)))
      const { userId, createdAt: at } = session
      const ids = yield* run("create", "aggregate", () =>
        sessions.aggregate<{ readonly _id: string }>(surplus(userId, at)).toArray()
      )
      if (ids.length === 0) return 0
      // A session that another login has ended meanwhile is not counted twice.
      const found = { _id: { $in: ids.map(({ _id }) => _id) }, endedAt: null }
      const { modifiedCount } = yield* run("create", "updateMany", () =>
        sessions.updateMany(found, { $set: { endedAt: at } })
      )
      return modifiedCount
    })

    const rotate = (rotation: Rotation) =>
      run("rotate", "findOneAndUpdate", () =>
        sessions.findOneAndUpdate(
          { _id: rotation.sessionId, ...alive(rotation.at) },
          refreshed(rotation),
          { returnDocument: "before" }
        )
      ).pipe(
        Effect.map(decodeNullable(toSession)),
        Effect.map(
          Option.match({
            onNone: (): RotationOutcome => ({ _tag: "Ended" }),
            onSome: (replaced) => outcome(replaced, rotation)
          })
        )
      )

    const end = ({ sessionId, presented, at }: Ending) =>
      run("end", "findOneAndUpdate", () =>
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
              judgeToken(session, presented, at) === "Reused" ? "Reused" : "LoggedOut"
          })
        )
      )

    const findOwn = (userId: string, sessionId: string, at: Date) =>
      run("findOwn", "findOne", () =>
        sessions.findOne({ _id: sessionId, userId, ...alive(at) })
      ).pipe(Effect.map(decodeNullable(toSession)))

    const list = (userId: string, at: Date, limit: number) =>
      run("list", "find", () =>
        sessions
          .find({ userId, ...alive(at) })
          .sort({ createdAt: -1 })
          .limit(limit)
          .toArray()
      ).pipe(Effect.map((documents) => documents.map(toSession)))

    const endOwn = (userId: string, sessionId: string, at: Date) =>
      run("endOwn", "updateOne", () =>
        sessions.updateOne({ _id: sessionId, userId, ...alive(at) }, { $set: { endedAt: at } })
      ).pipe(Effect.map(({ modifiedCount }) => modifiedCount === 1))

    const endAll = (userId: string, at: Date) =>
      run("endAll", "updateMany", () =>
        sessions.updateMany({ userId, ...alive(at) }, { $set: { endedAt: at } })
      ).pipe(Effect.map(({ modifiedCount }) => modifiedCount))

    const endOutdated = (userId: string, passwordVersion: number, at: Date) =>
      run("endOutdated", "updateMany", () =>
        sessions.updateMany(
          // Not "less than": that would leave out those without the field.
          { userId, endedAt: null, passwordVersion: { $not: { $gte: passwordVersion } } },
          { $set: { endedAt: at } }
        )
      ).pipe(Effect.asVoid)

    const keep = (sessionId: string, passwordVersion: number) =>
      run("keep", "updateOne", () =>
        sessions.updateOne({ _id: sessionId }, { $set: { passwordVersion } })
      ).pipe(Effect.asVoid)

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
