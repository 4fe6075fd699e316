// Sessions in this process's memory. Each operation is synchronous, hence atomic; ended sessions are removed as new
// ones are added.
import { Clock, Effect, Layer, Option } from "effect"
import {
  afterRefresh,
  isOver,
  judgeToken,
  lastUsedAt,
  maxSessions,
  type Session
} from "../../services/accounts/model/Session.ts"
import {
  type Ending,
  type EndOutcome,
  type Rotation,
  type RotationOutcome,
  SessionStore
} from "../../services/accounts/ports/SessionStore.ts"
import type { SessionId, UserId } from "../../services/ids.ts"
import { makeSweep } from "./sweep.ts"

const make = (): SessionStore["Service"] => {
  const byId = new Map<SessionId, Session>()
  const sweep = makeSweep(byId, (session, nowMillis) => isOver(session, new Date(nowMillis)))

  const rotate = ({ sessionId, ...presentation }: Rotation): RotationOutcome => {
    const { presented, at } = presentation
    const found = byId.get(sessionId)
    if (found === undefined || isOver(found, at)) return { _tag: "Ended" }
    const verdict = judgeToken(found, presented, at)
    const session = afterRefresh(found, verdict, presentation)
    byId.set(sessionId, session)
    return { _tag: verdict, session }
  }

  const end = (sessionId: SessionId, at: Date): void => {
    const found = byId.get(sessionId)
    if (found !== undefined && Option.isNone(found.endedAt)) {
      byId.set(sessionId, { ...found, endedAt: Option.some(at) })
    }
  }

  const endPresented = ({ sessionId, presented, at }: Ending): EndOutcome => {
    const found = byId.get(sessionId)
    if (found === undefined || isOver(found, at)) return "Over"
    end(sessionId, at)
    return judgeToken(found, presented, at) === "Reused" ? "Reused" : "LoggedOut"
  }

  const of = (userId: UserId): ReadonlyArray<Session> =>
    [...byId.values()].filter((session) => session.userId === userId)

  const alive = (userId: UserId, at: Date): ReadonlyArray<Session> =>
    of(userId).filter((session) => !isOver(session, at))

  const endSurplus = (userId: UserId, at: Date): number => {
    const surplus = alive(userId, at)
      .toSorted(
        (a, b) => lastUsedAt(b).getTime() - lastUsedAt(a).getTime() || (a.id < b.id ? 1 : -1)
      )
      .slice(maxSessions)
    for (const { id } of surplus) end(id, at)
    return surplus.length
  }

  const list = (userId: UserId, at: Date, limit: number): ReadonlyArray<Session> =>
    alive(userId, at)
      .toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
      .slice(0, limit)

  const findOwn = (userId: UserId, sessionId: SessionId, at: Date): Option.Option<Session> =>
    Option.fromUndefinedOr(byId.get(sessionId)).pipe(
      Option.filter((session) => session.userId === userId && !isOver(session, at))
    )

  const endOwn = (userId: UserId, sessionId: SessionId, at: Date): boolean => {
    const found = Option.isSome(findOwn(userId, sessionId, at))
    if (found) end(sessionId, at)
    return found
  }

  const keep = (sessionId: SessionId, passwordVersion: number): void => {
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
    end: (ending) => Effect.sync(() => endPresented(ending)),
    list: (userId, at, limit) => Effect.sync(() => list(userId, at, limit)),
    endOwn: (userId, sessionId, at) => Effect.sync(() => endOwn(userId, sessionId, at)),
    endAll: (userId, at) =>
      Effect.sync(() => {
        const living = alive(userId, at)
        for (const { id } of living) end(id, at)
        return living.length
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
