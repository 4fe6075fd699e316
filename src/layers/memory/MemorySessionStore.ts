// Sessions in this process's memory. Each operation is synchronous, hence atomic; sessions that are
// over are removed as new ones come.
import { Clock, Effect, Layer, Option } from "effect"
import {
  isOver,
  isRepeat,
  lastUsedAt,
  maxSessions,
  type Session
} from "../../services/accounts/model/Session.ts"
import {
  type Rotation,
  type RotationOutcome,
  SessionStore
} from "../../services/accounts/ports/SessionStore.ts"
import { makeSweep } from "./sweep.ts"

const make = (): SessionStore["Service"] => {
  const byId = new Map<string, Session>()
  const sweep = makeSweep(byId, (session, nowMillis) => isOver(session, new Date(nowMillis)))

  const rotate = ({ sessionId, presented, next, at }: Rotation): RotationOutcome => {
    const found = byId.get(sessionId)
    if (found === undefined || isOver(found, at)) return { _tag: "Ended" }
    if (found.current.jti === presented) {
      const session = { ...found, current: next, previous: { jti: presented, rotatedAt: at } }
      byId.set(sessionId, session)
      return { _tag: "Rotated", session }
    }
    if (isRepeat(found, presented, at)) return { _tag: "Repeated", session: found }
    const session = { ...found, endedAt: at }
    byId.set(sessionId, session)
    return { _tag: "Reused", session }
  }

  const end = (sessionId: string, at: Date): void => {
    const found = byId.get(sessionId)
    if (found !== undefined && found.endedAt === null) {
      byId.set(sessionId, { ...found, endedAt: at })
    }
  }

  const of = (userId: string): ReadonlyArray<Session> =>
    [...byId.values()].filter((session) => session.userId === userId)

  const alive = (userId: string, at: Date): ReadonlyArray<Session> =>
    of(userId).filter((session) => !isOver(session, at))

  const endSurplus = (userId: string, at: Date): number => {
    const surplus = alive(userId, at)
      .toSorted(
        (a, b) => lastUsedAt(b).getTime() - lastUsedAt(a).getTime() || (a.id < b.id ? 1 : -1)
      )
      .slice(maxSessions)
    for (const { id } of surplus) end(id, at)
    return surplus.length
  }

  const list = (userId: string, at: Date, limit: number): ReadonlyArray<Session> =>
    alive(userId, at)
      .toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
      .slice(0, limit)

  const findOwn = (userId: string, sessionId: string, at: Date): Option.Option<Session> =>
    Option.fromNullishOr(byId.get(sessionId)).pipe(
      Option.filter((session) => session.userId === userId && !isOver(session, at))
    )

  const endOwn = (userId: string, sessionId: string, at: Date): boolean => {
    const found = Option.isSome(findOwn(userId, sessionId, at))
    if (found) end(sessionId, at)
    return found
  }

  const keep = (sessionId: string, passwordVersion: number): void => {
    const found = byId.get(sessionId)
    if (found !== undefined) byId.set(sessionId, { ...found, passwordVersion })
  }

  return {
    create: (session) =>
      Effect.map(Clock.currentTimeMillis, (nowMillis) => {
        sweep(nowMillis)
        byId.set(session.id, session)
        return endSurplus(session.userId, session.createdAt)
      }),
    rotate: (rotation) => Effect.sync(() => rotate(rotation)),
    findOwn: (userId, sessionId, at) => Effect.sync(() => findOwn(userId, sessionId, at)),
    end: (sessionId, at) => Effect.sync(() => end(sessionId, at)),
    list: (userId, at, limit) => Effect.sync(() => list(userId, at, limit)),
    endOwn: (userId, sessionId, at) => Effect.sync(() => endOwn(userId, sessionId, at)),
    endAll: (userId, at) =>
      Effect.sync(() => {
        for (const { id } of of(userId)) end(id, at)
      }),
    endOutdated: (userId, passwordVersion, at) =>
      Effect.sync(() => {
        for (const session of of(userId))
          if (session.passwordVersion < passwordVersion) end(session.id, at)
      }),
    keep: (sessionId, passwordVersion) => Effect.sync(() => keep(sessionId, passwordVersion))
  }
}

export const layer: Layer.Layer<SessionStore> = Layer.sync(SessionStore, make)
