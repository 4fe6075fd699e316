import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Exit, Fiber, Latch, Layer, Option, Scope } from "effect"
import { TestClock } from "effect/testing"
import * as MemoryRateLimiter from "../../../src/layers/memory/MemoryRateLimiter.ts"
import {
  ClientCounts,
  ClientCountsUnavailable,
  type ClientUses,
  layer
} from "../../../src/layers/runtime/SettledClientLimit.ts"
import { RateLimiter, rateRules } from "../../../src/services/runtime/RateLimiter.ts"
import { addUses, clientCountsContract } from "../../contract/clientCounts.ts"
import { rateLimiterContract } from "../../contract/rateLimiter.ts"
import { memoryClientCounts } from "../../fakes/memoryClientCounts.ts"

const { limit, windowSeconds } = rateRules.client
const share = limit / 20

const pass = (seconds: number) => TestClock.adjust(seconds * 1000)

clientCountsContract("the fake of ClientCounts", { layer: memoryClientCounts, pass })

rateLimiterContract("SettledClientLimit, for the rules that stay exact,", {
  layer: ({ factor }) =>
    layer({ factor }).pipe(
      Layer.provide(
        Layer.merge(MemoryRateLimiter.layer({ factor }), memoryClientCounts({ factor }))
      )
    ),
  pass
})

type Add = ClientCounts["Service"]["add"]

/** Processes that share counts and an exact limiter. */
const system = Effect.fnUntraced(function* ({
  factor = 1,
  adds = (add: Add): Add => add
}: {
  readonly factor?: number
  /** What a test does to the calls of the shared counts. */
  readonly adds?: (add: Add) => Add
} = {}) {
  const services = yield* Layer.build(
    Layer.merge(MemoryRateLimiter.layer({ factor }), memoryClientCounts({ factor }))
  )
  const real = Context.get(services, ClientCounts).add
  const calls: Array<ReadonlyArray<ClientUses>> = []
  const add = adds(real)
  const counts = ClientCounts.of({
    add: (uses) =>
      Effect.suspend(() => {
        calls.push(uses)
        return add(uses)
      })
  })
  const scope = yield* Scope.Scope
  const process = Effect.fnUntraced(function* () {
    const own = yield* Scope.fork(scope)
    const built = yield* Layer.buildWithScope(
      Layer.fresh(layer({ factor })).pipe(
        Layer.provide(Layer.succeedContext(Context.add(services, ClientCounts, counts)))
      ),
      own
    )
    const limiter = Context.get(built, RateLimiter)
    return {
      take: (client: string) => limiter.take("client", client),
      stop: Scope.close(own, Exit.void)
    }
  })
  return {
    process,
    calls,
    /** What all processes have settled of a client's uses. */
    settled: (client: string) =>
      Effect.map(
        Effect.provideService(addUses(client, 0, Option.none()), ClientCounts, { add: real }),
        Option.getOrThrow
      )
  }
})

type Take = Effect.Success<ReturnType<Effect.Success<ReturnType<typeof system>>["process"]>>["take"]

const remainingAfter = (times: number, take: Take, client: string) =>
  Effect.map(Effect.replicateEffect(take(client), times), (quotas) => quotas.at(-1)?.remaining)

/** Of so many concurrent requests. */
const passed = (times: number, take: Take, client: string) =>
  Effect.map(
    Effect.all(
      Array.from({ length: times }, () => take(client)),
      {
        concurrency: "unbounded",
        mode: "result"
      }
    ),
    (results) => results.filter(({ _tag }) => _tag === "Success").length
  )

describe("the settled limit of a client", () => {
  it.effect("makes few calls for many requests", () =>
    Effect.gen(function* () {
      const { process, calls } = yield* system({ factor: 10 })
      const { take } = yield* process()
      assert.strictEqual(yield* remainingAfter(1000, take, "a"), 10 * limit - 1000)
      assert.deepStrictEqual(
        calls.map(([uses]) => uses?.count),
        [1, 10 * share + 1, 10 * share + 1, 10 * share + 1]
      )
    })
  )

  it.effect(
    "allows exactly the limit in one process, and reports what remains to each request",
    () =>
      Effect.gen(function* () {
        const { process } = yield* system()
        const { take } = yield* process()
        const all = Array.from({ length: limit + 5 }, () => take("a"))
        const results = yield* Effect.all(all, { concurrency: "unbounded", mode: "result" })
        const remaining = results.flatMap((result) =>
          result._tag === "Success" ? [result.success.remaining] : []
        )
        assert.deepStrictEqual(
          remaining.toSorted((a, b) => b - a),
          Array.from({ length: limit }, (_, i) => limit - 1 - i)
        )
        const refused = yield* Effect.flip(take("a"))
        assert.deepStrictEqual(
          [refused.rule, refused.quota],
          ["client", { limit, windowSeconds, remaining: 0, resetSeconds: windowSeconds }]
        )
      })
  )

  it.effect("settles 100 ms after the first use that is not settled", () =>
    Effect.gen(function* () {
      const { process, settled } = yield* system()
      const { take } = yield* process()
      yield* Effect.replicateEffect(take("a"), 3)
      yield* TestClock.adjust(50)
      yield* take("b")
      yield* take("b")
      yield* TestClock.adjust(49)
      assert.strictEqual(yield* settled("a"), 1)
      yield* TestClock.adjust(1)
      assert.deepStrictEqual([yield* settled("a"), yield* settled("b")], [3, 2])
      yield* take("a")
      yield* TestClock.adjust(100)
      assert.strictEqual(yield* settled("a"), 4)
    })
  )

  it.effect("settles at a twentieth of the limit, and requests wait for that", () =>
    Effect.gen(function* () {
      const answers = yield* Latch.make(true)
      const { process, settled } = yield* system({
        adds: (add) => (uses) => Effect.andThen(answers.await, add(uses))
      })
      const { take } = yield* process()
      yield* take("a")
      yield* Latch.close(answers)
      assert.strictEqual(yield* remainingAfter(share, take, "a"), limit - 1 - share)
      const waiting = yield* Effect.forkChild(passed(5, take, "a"), { startImmediately: true })
      yield* TestClock.adjust(50)
      assert.isUndefined(waiting.pollUnsafe())
      assert.strictEqual(yield* settled("a"), 1)
      yield* Latch.open(answers)
      assert.strictEqual(yield* Fiber.join(waiting), 5)
      assert.strictEqual(yield* settled("a"), 1 + share + 1)
      assert.strictEqual((yield* take("a")).remaining, limit - 1 - share - 5 - 1)
    })
  )

  it.effect("counts pending uses as a part of the share", () =>
    Effect.gen(function* () {
      const answers = yield* Latch.make(true)
      const { process } = yield* system({
        adds: (add) => (uses) => Effect.andThen(answers.await, add(uses))
      })
      const { take } = yield* process()
      yield* take("a")
      yield* Latch.close(answers)
      yield* Effect.replicateEffect(take("a"), 10)
      yield* TestClock.adjust(100)
      yield* Effect.replicateEffect(take("a"), share - 10)
      const waiting = yield* Effect.forkChild(take("a"), { startImmediately: true })
      assert.isUndefined(waiting.pollUnsafe())
      yield* Latch.open(answers)
      assert.strictEqual((yield* Fiber.join(waiting)).remaining, limit - 1 - share - 1)
    })
  )

  it.effect("is exact below 20, and not from there on", () =>
    Effect.gen(function* () {
      const few = yield* system({ factor: 19 / limit })
      const [one, other] = [yield* few.process(), yield* few.process()]
      const both = yield* Effect.all([passed(19, one.take, "a"), passed(19, other.take, "a")])
      assert.strictEqual(both[0] + both[1], 19)
      assert.strictEqual(few.calls.length, 0)
      const more = yield* system({ factor: 20 / limit })
      yield* (yield* more.process()).take("a")
      assert.strictEqual(more.calls.length, 1)
    })
  )

  it.effect("is exceeded by at most one share for each process", () =>
    Effect.gen(function* () {
      const { process } = yield* system()
      const takes = yield* Effect.replicateEffect(
        Effect.map(process(), ({ take }) => take),
        3
      )
      const rounds = Array.from({ length: limit }, () => takes).flat()
      const results = yield* Effect.forEach(rounds, (take) => Effect.exit(take("a")))
      const most = results.filter(Exit.isSuccess).length
      // The bound is near: no time for a settlement goes by here.
      assert.isAbove(most, limit + share)
      assert.isAtMost(most, limit + takes.length * share)
    })
  )

  it.effect("is exceeded by no more under many concurrent requests", () =>
    Effect.gen(function* () {
      const { process } = yield* system({
        adds: (add) => (uses) => Effect.andThen(Effect.yieldNow, add(uses))
      })
      const [one, other] = [yield* process(), yield* process()]
      const both = yield* Effect.all(
        [passed(limit, one.take, "a"), passed(limit, other.take, "a")],
        { concurrency: "unbounded" }
      )
      assert.isAtLeast(both[0] + both[1], limit)
      assert.isAtMost(both[0] + both[1], limit + 2 * share)
    })
  )

  it.effect("charges no use to the window after its own", () =>
    Effect.gen(function* () {
      const { process, settled } = yield* system()
      const { take } = yield* process()
      yield* take("a")
      yield* TestClock.adjust(windowSeconds * 1000 - 50)
      yield* Effect.replicateEffect(take("a"), 10)
      yield* TestClock.adjust(50)
      const { remaining, resetSeconds } = yield* take("a")
      assert.deepStrictEqual([remaining, resetSeconds], [limit - 1, windowSeconds])
      yield* TestClock.adjust(1000)
      assert.strictEqual(yield* settled("a"), 1)
    })
  )

  it.effect("begins a new window once the shared one has ended", () =>
    Effect.gen(function* () {
      let lost = false
      const { process, settled } = yield* system({
        adds: (add) => (uses) =>
          lost && Option.isSome(uses[0]?.endsIn ?? Option.none())
            ? Effect.succeed(uses.map(() => Option.none()))
            : add(uses)
      })
      const { take } = yield* process()
      assert.strictEqual(yield* remainingAfter(10, take, "a"), limit - 10)
      lost = true
      yield* TestClock.adjust(100)
      // As another process would have begun it: the nine uses are not charged.
      assert.strictEqual(yield* settled("a"), 1)
      assert.strictEqual((yield* take("a")).remaining, limit - 2)
      // Also where a request waits for that answer.
      yield* Effect.replicateEffect(take("a"), share)
      assert.strictEqual((yield* take("a")).remaining, limit - 3)
    })
  )

  it.effect("knows at the first request what a client has used in other processes", () =>
    Effect.gen(function* () {
      const { process, calls } = yield* system()
      const [one, other] = [yield* process(), yield* process()]
      yield* Effect.replicateEffect(one.take("a"), 10)
      yield* Effect.replicateEffect(one.take("b"), limit)
      yield* TestClock.adjust(20_100)
      const joined = yield* other.take("a")
      assert.deepStrictEqual([joined.remaining, joined.resetSeconds], [limit - 11, 40])
      yield* Effect.flip(other.take("b"))
      assert.strictEqual(calls.at(-1)?.[0]?.count, 1)
    })
  )

  it.effect("makes one call for concurrent requests of a new client", () =>
    Effect.gen(function* () {
      const { process, calls } = yield* system({
        adds: (add) => (uses) => Effect.andThen(Effect.yieldNow, add(uses))
      })
      const { take } = yield* process()
      assert.strictEqual(yield* passed(share, take, "a"), share)
      assert.deepStrictEqual(
        calls.map(([uses]) => uses?.count),
        [1]
      )
    })
  )

  it.effect("answers other requests independently of a client's first one", () =>
    Effect.gen(function* () {
      const answers = yield* Latch.make()
      const { process, settled } = yield* system({
        adds: (add) => (uses) => Effect.andThen(answers.await, add(uses))
      })
      const { take } = yield* process()
      const first = yield* Effect.forkChild(take("a"), { startImmediately: true })
      const second = yield* Effect.forkChild(take("a"), { startImmediately: true })
      const gone = yield* Effect.forkChild(Fiber.interrupt(first), { startImmediately: true })
      yield* Latch.open(answers)
      assert.strictEqual((yield* Fiber.join(second)).remaining, limit - 2)
      yield* Fiber.join(gone)
      assert.strictEqual(yield* settled("a"), 1)
    })
  )

  it.effect("is refused from memory until the window ends", () =>
    Effect.gen(function* () {
      const { process, calls } = yield* system()
      const { take } = yield* process()
      assert.strictEqual(yield* passed(limit + 1, take, "a"), limit)
      yield* TestClock.adjust(20_000)
      const before = calls.length
      const refused = yield* Effect.flip(take("a"))
      assert.strictEqual(refused.quota.resetSeconds, 40)
      yield* TestClock.adjust(39_999)
      yield* Effect.flip(take("a"))
      assert.strictEqual(calls.length, before)
      yield* TestClock.adjust(1)
      assert.strictEqual((yield* take("a")).remaining, limit - 1)
    })
  )

  it.effect("settles a client before it is forgotten, as it is when there are 50,000", () =>
    Effect.gen(function* () {
      const { process, settled } = yield* system()
      const { take } = yield* process()
      assert.strictEqual(yield* remainingAfter(5, take, "first"), limit - 5)
      yield* Effect.forEach(Array.from({ length: 49_999 }), (_, i) => take(`other ${i}`))
      assert.strictEqual(yield* settled("first"), 1)
      yield* take("one too many")
      assert.strictEqual(yield* settled("first"), 5)
      assert.strictEqual((yield* take("first")).remaining, limit - 6)
    })
  )

  it.effect("is settled at shutdown", () =>
    Effect.gen(function* () {
      const { process, settled } = yield* system()
      const { take, stop } = yield* process()
      yield* Effect.replicateEffect(take("a"), 7)
      assert.strictEqual(yield* settled("a"), 1)
      yield* stop
      assert.strictEqual(yield* settled("a"), 7)
    })
  )

  it.effect(
    "reports fewer remaining uses with each request of a window, also when the shared count is lost",
    () =>
      Effect.gen(function* () {
        let lost = false
        const { process } = yield* system({
          adds: (add) => (uses) =>
            Effect.map(add(uses), (windows) =>
              lost ? windows.map(Option.map((window) => ({ ...window, used: 1 }))) : windows
            )
        })
        const [one, other] = [yield* process(), yield* process()]
        const told: Array<number> = []
        for (let i = 0; i < 100; i++) {
          if (i % 3 === 0) yield* other.take("a")
          if (i % 7 === 0) yield* TestClock.adjust(100)
          lost = i > 50
          told.push((yield* one.take("a")).remaining)
        }
        for (const [i, remaining] of told.entries())
          assert.isBelow(remaining, told[i - 1] ?? limit, `${i}`)
      })
  )

  it.effect(
    "is counted in memory while the shared count is unavailable, without waiting for it",
    () =>
      Effect.gen(function* () {
        let away = false
        const { process, settled } = yield* system({
          adds: (add) => (uses) =>
            away
              ? Effect.andThen(Effect.sleep(200), Effect.fail(new ClientCountsUnavailable()))
              : add(uses)
        })
        const { take } = yield* process()
        yield* take("a")
        away = true
        const first = yield* Effect.forkChild(take("new"), { startImmediately: true })
        yield* TestClock.adjust(200)
        assert.strictEqual((yield* Fiber.join(first)).remaining, limit - 1)
        // None of these waits: the clock stands still.
        assert.strictEqual(yield* passed(limit, take, "a"), limit - 1)
        assert.strictEqual(yield* remainingAfter(10, take, "new"), limit - 11)
        assert.strictEqual(yield* remainingAfter(10, take, "newer"), limit - 10)
        assert.strictEqual(yield* settled("newer"), 0)
        // The attempts that go on fail, and then one does not.
        yield* TestClock.adjust(1000)
        away = false
        yield* remainingAfter(10, take, "newer")
        yield* TestClock.adjust(300)
        // Those that failed may have been counted.
        assert.strictEqual(yield* settled("newer"), 10)
        assert.strictEqual((yield* take("newer")).remaining, limit - 21)
      })
  )

  it.effect("charges no use that was counted in memory to a later window", () =>
    Effect.gen(function* () {
      let away = true
      const { process, settled } = yield* system({
        adds: (add) => (uses) => (away ? Effect.fail(new ClientCountsUnavailable()) : add(uses))
      })
      const { take } = yield* process()
      yield* take("a")
      yield* TestClock.adjust(windowSeconds * 1000 - 50)
      yield* take("a")
      away = false
      yield* TestClock.adjust(100)
      assert.strictEqual(yield* settled("a"), 0)
      assert.strictEqual((yield* take("a")).remaining, limit - 1)
    })
  )

  it.effect("allows requests when settling dies, and keeps settling", () =>
    Effect.gen(function* () {
      let broken = true
      const { process, settled } = yield* system({
        adds: (add) => (uses) => (broken ? Effect.die(new Error("a bug")) : add(uses))
      })
      const { take } = yield* process()
      assert.strictEqual(yield* passed(limit + 1, take, "a"), limit)
      yield* TestClock.adjust(100)
      broken = false
      yield* take("b")
      yield* TestClock.adjust(100)
      assert.strictEqual(yield* settled("b"), 1)
    })
  )
})
