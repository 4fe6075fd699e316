// What every SessionStore owes its callers.
import { assert, layer } from "@effect/vitest"
import { Array as Arr, Effect, type Layer, Option } from "effect"
import {
  graceSeconds,
  lateRepeatSeconds,
  maxSessions,
  newSession,
  nextGrant,
  type RefreshGrant,
  type Session,
  TokenId
} from "../../src/services/accounts/model/Session.ts"
import {
  type RotationOutcome,
  SessionStore
} from "../../src/services/accounts/ports/SessionStore.ts"
import { SessionId, UserId } from "../../src/services/ids.ts"
import { addSeconds, now } from "../../src/services/time.ts"

/** The `jti` of the refresh token that a login gives. */
const firstJti = TokenId.make("first")
const madeUpJti = TokenId.make("made up")
const nobody = UserId.make("nobody")
const unknown = SessionId.make("unknown")
const oneMillisecond = 0.001

const newUserId = (): UserId => UserId.make(crypto.randomUUID())

const aSession = (at: Date, overrides: Partial<Session> = {}): Session => ({
  ...newSession(
    {
      id: SessionId.make(crypto.randomUUID()),
      userId: newUserId(),
      passwordVersion: 0,
      jti: firstJti
    },
    at
  ),
  ...overrides
})

/** A stored session whose login was at `start`: the real present, so that no store has forgotten it. */
const given = Effect.fnUntraced(function* (overrides: Partial<Session> = {}) {
  const start = yield* now
  const session = aSession(start, overrides)
  const store = yield* SessionStore
  yield* store.create(session)
  const rotate = (presented: TokenId, at: Date, next: RefreshGrant = grant(at)) =>
    store.rotate({ sessionId: session.id, presented, next, at })
  return { store, session, start, rotate }
})

const grant = (at: Date): RefreshGrant => nextGrant(TokenId.make(crypto.randomUUID()), at)

const ended = { _tag: "Ended" } as const

/** Of 50 refreshes with one token at the same time one has this outcome, the others repeat what it got. */
const expectOneOf50 = Effect.fnUntraced(function* <E>(
  refresh: Effect.Effect<RotationOutcome, E>,
  tag: "Rotated" | "RepeatedLate"
) {
  const outcomes = yield* Effect.all(
    Arr.makeBy(50, () => refresh),
    { concurrency: "unbounded" }
  )
  const one = outcomes.find(({ _tag }) => _tag === tag)
  assert(one?._tag === tag)
  const repeated: RotationOutcome = { _tag: "Repeated", session: one.session }
  assert.deepStrictEqual(
    outcomes.filter((outcome) => outcome !== one),
    Arr.makeBy(49, () => repeated)
  )
})

export const sessionStoreContract = <E>(name: string, stores: Layer.Layer<SessionStore, E>): void =>
  layer(stores, { excludeTestServices: true })(name, (it) => {
    it.effect("the current token is exchanged for the next, which becomes the current", () =>
      Effect.gen(function* () {
        const { session, start, rotate } = yield* given()
        const [at, later] = [addSeconds(start, 60), addSeconds(start, 120)]
        const [second, third] = [grant(at), grant(later)]
        const once: Session = {
          ...session,
          current: second,
          previous: Option.some({ jti: firstJti, rotatedAt: at })
        }
        assert.deepStrictEqual(yield* rotate(firstJti, at, second), {
          _tag: "Rotated",
          session: once
        })
        assert.deepStrictEqual(yield* rotate(second.jti, later, third), {
          _tag: "Rotated",
          session: {
            ...once,
            current: third,
            previous: Option.some({ jti: second.jti, rotatedAt: later })
          }
        })
      })
    )

    it.effect(
      "of 50 concurrent refreshes with one token, one rotates, and the others get the same successor",
      () =>
        Effect.gen(function* () {
          // Several rounds: the race that could take a loser for a thief is narrow.
          for (let round = 0; round < 10; round++) {
            const { start, rotate } = yield* given()
            yield* expectOneOf50(rotate(firstJti, start), "Rotated")
          }
        })
    )

    it.effect("the previous token gets the current one for just under 30 s", () =>
      Effect.gen(function* () {
        const { start, rotate } = yield* given()
        const rotated = yield* rotate(firstJti, start)
        assert(rotated._tag === "Rotated")
        const repeated: RotationOutcome = { _tag: "Repeated", session: rotated.session }
        const justWithin = addSeconds(start, graceSeconds - oneMillisecond)
        assert.deepStrictEqual(yield* rotate(firstJti, justWithin), repeated)
        assert.deepStrictEqual(yield* rotate(firstJti, justWithin), repeated)
      })
    )

    it.effect(
      "after exactly 30 s, with or without repeats, it gets the current one once more, for 30 s",
      () =>
        Effect.gen(function* () {
          const { start, rotate } = yield* given()
          const second = grant(start)
          const rotated = yield* rotate(firstJti, start, second)
          assert(rotated._tag === "Rotated")
          yield* rotate(firstJti, addSeconds(start, graceSeconds - 1))
          const late = addSeconds(start, graceSeconds)
          const session: Session = {
            ...rotated.session,
            lateRepeat: Option.some({ gave: second.jti, at: late })
          }
          assert.deepStrictEqual(yield* rotate(firstJti, late), { _tag: "RepeatedLate", session })
          const justWithin = addSeconds(late, graceSeconds - oneMillisecond)
          assert.deepStrictEqual(yield* rotate(firstJti, justWithin), { _tag: "Repeated", session })
          assert.strictEqual((yield* rotate(second.jti, justWithin))._tag, "Rotated")
        })
    )

    it.effect("a second late repeat is a reuse, which ends the session", () =>
      Effect.gen(function* () {
        const { start, rotate } = yield* given()
        const second = grant(start)
        yield* rotate(firstJti, start, second)
        const late = addSeconds(start, graceSeconds)
        const repeated = yield* rotate(firstJti, late)
        assert(repeated._tag === "RepeatedLate")
        const at = addSeconds(late, graceSeconds)
        assert.deepStrictEqual(yield* rotate(firstJti, at), {
          _tag: "Reused",
          session: { ...repeated.session, endedAt: Option.some(at) }
        })
        assert.deepStrictEqual(yield* rotate(second.jti, at), ended)
        assert.deepStrictEqual(yield* rotate(firstJti, at), ended)
      })
    )

    it.effect("a repeat is late for just under 24 hours, and a reuse after exactly 24", () =>
      Effect.gen(function* () {
        for (const [seconds, tag] of [
          [lateRepeatSeconds - oneMillisecond, "RepeatedLate"],
          [lateRepeatSeconds, "Reused"]
        ] as const) {
          const { start, rotate } = yield* given()
          yield* rotate(firstJti, start)
          assert.strictEqual((yield* rotate(firstJti, addSeconds(start, seconds)))._tag, tag)
        }
      })
    )

    /** A session with a late repeat of its first token, whose successor has been exchanged since. */
    const givenLateRepeat = Effect.gen(function* () {
      const { start, rotate } = yield* given()
      const [second, third] = [grant(start), grant(start)]
      yield* rotate(firstJti, start, second)
      const late = addSeconds(start, graceSeconds)
      assert.strictEqual((yield* rotate(firstJti, late))._tag, "RepeatedLate")
      assert.strictEqual((yield* rotate(second.jti, late, third))._tag, "Rotated")
      return { rotate, second, third, late, later: addSeconds(late, graceSeconds) }
    })

    it.effect("a token that was handed out late gets no late repeat itself", () =>
      Effect.gen(function* () {
        const { rotate, second, third, later } = yield* givenLateRepeat
        const justWithin = addSeconds(later, -oneMillisecond)
        assert.strictEqual((yield* rotate(second.jti, justWithin))._tag, "Repeated")
        assert.strictEqual((yield* rotate(second.jti, later))._tag, "Reused")
        assert.deepStrictEqual(yield* rotate(third.jti, later), ended)
      })
    )

    it.effect("the token after one that was handed out late gets a late repeat again", () =>
      Effect.gen(function* () {
        const { rotate, third, late, later } = yield* givenLateRepeat
        const fourth = grant(late)
        yield* rotate(third.jti, late, fourth)
        const repeated = yield* rotate(third.jti, later)
        assert(repeated._tag === "RepeatedLate")
        assert.deepStrictEqual(repeated.session.current, fourth)
      })
    )

    it.effect(
      "of 50 concurrent late repeats, one counts as late, and all get the same successor",
      () =>
        Effect.gen(function* () {
          for (let round = 0; round < 10; round++) {
            const { start, rotate } = yield* given()
            yield* rotate(firstJti, start)
            yield* expectOneOf50(rotate(firstJti, addSeconds(start, graceSeconds)), "RepeatedLate")
          }
        })
    )

    it.effect(
      "a late repeat that is concurrent with the successor leaves the successor valid",
      () =>
        Effect.gen(function* () {
          for (let round = 0; round < 10; round++) {
            const { start, rotate } = yield* given()
            const second = grant(start)
            yield* rotate(firstJti, start, second)
            const late = addSeconds(start, graceSeconds)
            const [repeat, successor] = yield* Effect.all(
              [rotate(firstJti, late), rotate(second.jti, late)],
              { concurrency: "unbounded" }
            )
            assert.strictEqual(successor._tag, "Rotated")
            // Whichever came first: with its successor used the token is an old one.
            assert.include(["RepeatedLate", "Reused"], repeat._tag)
          }
        })
    )

    it.effect("an older token is a reuse immediately", () =>
      Effect.gen(function* () {
        const { start, rotate } = yield* given()
        const [second, third] = [grant(start), grant(start)]
        yield* rotate(firstJti, start, second)
        yield* rotate(second.jti, start, third)
        assert.strictEqual((yield* rotate(firstJti, start))._tag, "Reused")
        assert.deepStrictEqual(yield* rotate(third.jti, start), ended)
      })
    )

    it.effect("of 50 concurrent reuses, one ends the session", () =>
      Effect.gen(function* () {
        const { start, rotate } = yield* given()
        const second = grant(start)
        yield* rotate(firstJti, start, second)
        const late = addSeconds(start, lateRepeatSeconds)
        const outcomes = yield* Effect.all(
          Arr.makeBy(50, () => rotate(firstJti, late)),
          { concurrency: "unbounded" }
        )
        const tags = outcomes.map(({ _tag }) => _tag)
        assert.strictEqual(tags.filter((tag) => tag === "Reused").length, 1)
        assert.strictEqual(tags.filter((tag) => tag === "Ended").length, 49)
        assert.deepStrictEqual(yield* rotate(second.jti, late), ended)
      })
    )

    it.effect("an idle session ends in the second that its token expires", () =>
      Effect.gen(function* () {
        const { session, rotate } = yield* given()
        const expiry = new Date(session.current.exp * 1000)
        assert.deepStrictEqual(yield* rotate(firstJti, expiry), ended)
        const before = addSeconds(expiry, -oneMillisecond)
        assert.strictEqual((yield* rotate(firstJti, before))._tag, "Rotated")
        // The refresh has put the end off.
        assert.strictEqual((yield* rotate(firstJti, expiry))._tag, "Repeated")
      })
    )

    it.effect(
      "a session ends at its absolute expiry, also with a token that is valid for longer",
      () =>
        Effect.gen(function* () {
          const start = yield* now
          const absoluteExpiresAt = addSeconds(start, 100)
          const { rotate } = yield* given({ absoluteExpiresAt })
          const second = grant(absoluteExpiresAt)
          assert.deepStrictEqual(yield* rotate(firstJti, absoluteExpiresAt), ended)
          const before = addSeconds(absoluteExpiresAt, -oneMillisecond)
          assert.strictEqual((yield* rotate(firstJti, before, second))._tag, "Rotated")
          assert.deepStrictEqual(yield* rotate(second.jti, absoluteExpiresAt), ended)
          assert.deepStrictEqual(yield* rotate(firstJti, absoluteExpiresAt), ended)
        })
    )

    it.effect("no token works once the session was ended, also within the grace period", () =>
      Effect.gen(function* () {
        const { store, session, start, rotate } = yield* given()
        const second = grant(start)
        yield* rotate(firstJti, start, second)
        yield* store.end({ sessionId: session.id, presented: second.jti, at: start })
        assert.deepStrictEqual(yield* rotate(firstJti, start), ended)
        assert.deepStrictEqual(yield* rotate(second.jti, start), ended)
        assert.deepStrictEqual(yield* rotate(madeUpJti, start), ended)
      })
    )

    it.effect("ending a session reports no change when the session has ended or is unknown", () =>
      Effect.gen(function* () {
        const { store, session, start } = yield* given()
        const end = (sessionId: SessionId, at: Date) =>
          store.end({ sessionId, presented: firstJti, at })
        assert.strictEqual(yield* end(session.id, new Date(session.current.exp * 1000)), "Over")
        assert.strictEqual(yield* end(session.id, start), "LoggedOut")
        assert.strictEqual(yield* end(session.id, addSeconds(start, 1)), "Over")
        assert.strictEqual(yield* end(unknown, start), "Over")
      })
    )

    it.effect(
      "a session can be ended by each of its tokens, and reports those that a refresh would refuse",
      () =>
        Effect.gen(function* () {
          const cases = [
            ["current", 0, "LoggedOut"],
            ["previous", graceSeconds - oneMillisecond, "LoggedOut"],
            ["previous", graceSeconds, "LoggedOut"],
            ["previous", lateRepeatSeconds, "Reused"],
            ["older", 0, "Reused"],
            ["made up", 0, "Reused"]
          ] as const
          for (const [which, seconds, outcome] of cases) {
            const { store, session, start, rotate } = yield* given()
            const [second, third] = [grant(start), grant(start)]
            yield* rotate(firstJti, start, second)
            yield* rotate(second.jti, start, third)
            const jtis = { current: third.jti, previous: second.jti, older: firstJti }
            const presented = which === "made up" ? madeUpJti : jtis[which]
            const at = addSeconds(start, seconds)
            assert.strictEqual(
              yield* store.end({ sessionId: session.id, presented, at }),
              outcome,
              which
            )
            assert.deepStrictEqual(yield* rotate(third.jti, at), ended)
          }
        })
    )

    it.effect("of 50 concurrent calls to end a session, one ends it", () =>
      Effect.gen(function* () {
        const { store, session, start } = yield* given()
        const outcomes = yield* Effect.all(
          Arr.makeBy(50, (i) =>
            store.end({
              sessionId: session.id,
              presented: i % 2 === 0 ? firstJti : madeUpJti,
              at: start
            })
          ),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(outcomes.filter((outcome) => outcome === "Over").length, 49)
      })
    )

    it.effect("an unknown session gives no token", () =>
      Effect.gen(function* () {
        const { store, start } = yield* given()
        const rotation = { presented: firstJti, next: grant(start), at: start }
        assert.deepStrictEqual(yield* store.rotate({ sessionId: unknown, ...rotation }), ended)
      })
    )

    it.effect("other sessions of the user are untouched by a reuse", () =>
      Effect.gen(function* () {
        const stolen = yield* given()
        const other = yield* given({ userId: stolen.session.userId })
        assert.strictEqual((yield* stolen.rotate(madeUpJti, stolen.start))._tag, "Reused")
        assert.strictEqual((yield* other.rotate(firstJti, other.start))._tag, "Rotated")
      })
    )

    it.effect("a user's live sessions are listed, newest first, up to a limit", () =>
      Effect.gen(function* () {
        const userId = newUserId()
        const start = yield* now
        const makeAt = (seconds: number) =>
          given({ userId, createdAt: addSeconds(start, seconds), passwordVersion: seconds })
        const second = yield* makeAt(2)
        const third = yield* makeAt(3)
        const first = yield* makeAt(1)
        yield* given()
        const rotated = yield* second.rotate(firstJti, addSeconds(start, 5))
        assert(rotated._tag === "Rotated")
        const { store } = first
        const at = addSeconds(start, 10)
        const newest = [third.session, rotated.session]
        assert.deepStrictEqual(yield* store.list(userId, at, 2), newest)
        assert.deepStrictEqual(yield* store.list(userId, at, 10), [...newest, first.session])
        assert.deepStrictEqual(yield* store.list(nobody, at, 10), [])
      })
    )

    it.effect("a session that has ended or expired is not listed", () =>
      Effect.gen(function* () {
        const { store, session, start } = yield* given()
        const { userId } = session
        const old = yield* given({ userId, absoluteExpiresAt: addSeconds(start, 100) })
        const ended = yield* given({ userId })
        yield* store.end({ sessionId: ended.session.id, presented: firstJti, at: start })
        const idsAt = (at: Date) =>
          Effect.map(store.list(userId, at, 10), (found) => found.map(({ id }) => id).toSorted())
        const before = addSeconds(start, 100 - oneMillisecond)
        assert.deepStrictEqual(yield* idsAt(before), [session.id, old.session.id].toSorted())
        assert.deepStrictEqual(yield* idsAt(addSeconds(start, 100)), [session.id])
        assert.deepStrictEqual(yield* idsAt(new Date(session.current.exp * 1000)), [])
      })
    )

    it.effect("a user has at most 100 live sessions: one more ends the least recently used", () =>
      Effect.gen(function* () {
        const userId = newUserId()
        const start = yield* now
        const loginAt = (seconds: number) =>
          given({ userId, createdAt: addSeconds(start, seconds) })
        const oldest = yield* loginAt(0)
        const unused = yield* loginAt(1)
        for (let i = 2; i < maxSessions; i++) yield* loginAt(i)
        const { store } = oldest
        const rotated = yield* oldest.rotate(firstJti, addSeconds(start, 200))
        const before = yield* store.list(userId, start, 1000)
        assert.lengthOf(before, maxSessions)
        const latest = aSession(addSeconds(start, 300), { userId })
        assert.strictEqual(yield* store.create(latest), 1)
        const after = yield* store.list(userId, addSeconds(start, 300), 1000)
        const rest = before.filter(({ id }) => id !== unused.session.id)
        assert.deepStrictEqual(after, [latest, ...rest])
        assert(rotated._tag === "Rotated")
        assert.deepStrictEqual(after.at(-1), rotated.session)
        const late = addSeconds(start, 301)
        assert.deepStrictEqual(yield* unused.rotate(firstJti, late), ended)
      })
    )

    it.effect("ended sessions and those of other users do not count toward a user's 100", () =>
      Effect.gen(function* () {
        const userId = newUserId()
        const start = yield* now
        const { store } = yield* given()
        const expired = { userId, absoluteExpiresAt: addSeconds(start, 10) }
        for (let i = 0; i < 3; i++) {
          yield* given(expired)
          const { session } = yield* given({ userId })
          yield* store.end({ sessionId: session.id, presented: firstJti, at: start })
        }
        const at = addSeconds(start, 10)
        for (let i = 0; i < maxSessions; i++)
          assert.strictEqual(yield* store.create(aSession(at, { userId })), 0)
        assert.strictEqual(yield* store.create(aSession(at, { userId: newUserId() })), 0)
        assert.lengthOf(yield* store.list(userId, at, 1000), maxSessions)
      })
    )

    it.effect(
      "of 50 concurrent logins and 90 older sessions, 100 stay alive, and each other is ended once",
      () =>
        Effect.gen(function* () {
          const userId = newUserId()
          const start = yield* now
          const store = yield* SessionStore
          let logins = 0
          const login = Effect.suspend(() =>
            store.create(aSession(addSeconds(start, ++logins * oneMillisecond), { userId }))
          )
          const before = yield* Effect.replicateEffect(login, 90)
          assert.deepStrictEqual(
            before,
            Arr.makeBy(90, () => 0)
          )
          const ended = yield* Effect.replicateEffect(login, 50, { concurrency: "unbounded" })
          const living = yield* store.list(userId, addSeconds(start, 1), 1000)
          assert.lengthOf(living, maxSessions)
          assert.strictEqual(
            ended.reduce((sum, count) => sum + count, 0),
            90 + 50 - maxSessions
          )
        })
    )

    it.effect("a session is found only by its user, until it has ended", () =>
      Effect.gen(function* () {
        const { store, session, start, rotate } = yield* given()
        const { id, userId } = session
        assert.deepStrictEqual(yield* store.findOwn(userId, id, start), Option.some(session))
        const rotated = yield* rotate(firstJti, start)
        assert(rotated._tag === "Rotated")
        const found = Option.some(rotated.session)
        assert.deepStrictEqual(yield* store.findOwn(userId, id, start), found)
        const expiry = new Date(session.current.exp * 1000)
        const none = [
          yield* store.findOwn(nobody, id, start),
          yield* store.findOwn(userId, unknown, start),
          yield* store.findOwn(userId, id, expiry)
        ]
        yield* store.end({ sessionId: id, presented: firstJti, at: start })
        none.push(yield* store.findOwn(userId, id, start))
        assert.deepStrictEqual(none, Arr.makeBy(4, Option.none))
      })
    )

    it.effect("a user ends one of their sessions, once", () =>
      Effect.gen(function* () {
        const { store, session, start, rotate } = yield* given()
        const { id, userId } = session
        assert.isFalse(yield* store.endOwn(nobody, id, start))
        assert.isFalse(yield* store.endOwn(userId, unknown, start))
        const expiry = new Date(session.current.exp * 1000)
        assert.isFalse(yield* store.endOwn(userId, id, expiry))
        const second = grant(start)
        assert.strictEqual((yield* rotate(firstJti, start, second))._tag, "Rotated")
        const answers = yield* Effect.all(
          Arr.makeBy(20, () => store.endOwn(userId, id, start)),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(answers.filter((answer) => answer).length, 1)
        assert.deepStrictEqual(yield* rotate(second.jti, start), ended)
      })
    )

    it.effect("all sessions of a user end together, and no other user's", () =>
      Effect.gen(function* () {
        const one = yield* given()
        const { store, start, session } = one
        const two = yield* given({ userId: session.userId, passwordVersion: 7 })
        const other = yield* given()
        assert.strictEqual(yield* store.endAll(session.userId, start), 2)
        assert.strictEqual(yield* store.endAll(session.userId, start), 0)
        assert.strictEqual(yield* store.endAll(nobody, start), 0)
        assert.deepStrictEqual(yield* one.rotate(firstJti, start), ended)
        assert.deepStrictEqual(yield* two.rotate(firstJti, start), ended)
        assert.strictEqual((yield* other.rotate(firstJti, start))._tag, "Rotated")
      })
    )

    it.effect("sessions of an older password end, except the kept ones", () =>
      Effect.gen(function* () {
        const outdated = yield* given({ passwordVersion: 1 })
        const { store, start, session } = outdated
        const { userId } = session
        const kept = yield* given({ userId, passwordVersion: 1 })
        const fresh = yield* given({ userId, passwordVersion: 2 })
        const other = yield* given({ passwordVersion: 1 })
        yield* store.keep(kept.session.id, 2)
        yield* store.endOutdated(userId, 2, start)
        assert.deepStrictEqual(yield* outdated.rotate(firstJti, start), ended)
        assert.strictEqual((yield* fresh.rotate(firstJti, start))._tag, "Rotated")
        assert.strictEqual((yield* other.rotate(firstJti, start))._tag, "Rotated")
        const rotated = yield* kept.rotate(firstJti, start)
        assert(rotated._tag === "Rotated")
        assert.strictEqual(rotated.session.passwordVersion, 2)
      })
    )

    it.effect("keeping a session neither revives nor creates one", () =>
      Effect.gen(function* () {
        const { store, session, start, rotate } = yield* given()
        yield* store.end({ sessionId: session.id, presented: firstJti, at: start })
        yield* store.keep(session.id, 1)
        yield* store.keep(unknown, 1)
        assert.deepStrictEqual(yield* rotate(firstJti, start), ended)
        const rotation = { presented: firstJti, next: grant(start), at: start }
        assert.deepStrictEqual(yield* store.rotate({ sessionId: unknown, ...rotation }), ended)
      })
    )
  })
