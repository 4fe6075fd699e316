import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Option } from "effect"
import { makePool } from "../../../src/layers/crypto/boundedPool.ts"
import { Origin } from "../../../src/services/audit/Origin.ts"

/** Works that begin when they get a place and end when they are told to. */
const works = Effect.sync(() => {
  const running: Array<Deferred.Deferred<void>> = []
  return {
    running,
    work: Effect.gen(function* () {
      const end = yield* Deferred.make<void>()
      running.push(end)
      yield* Deferred.await(end)
      return "done"
    }),
    endOne: Effect.suspend(() => {
      const end = running.shift()
      return end === undefined ? Effect.die("nothing runs") : Deferred.succeed(end, undefined)
    })
  }
})

/** Lets every fiber go on as far as it can. */
const settle = Effect.replicateEffect(Effect.yieldNow, 20, { discard: true })

describe("a bounded pool", () => {
  it.effect(
    "runs up to its size concurrently, lets more wait up to a bound, and refuses the rest",
    () =>
      Effect.gen(function* () {
        const { running, work, endOne } = yield* works
        const pooled = makePool({ resource: "tests", concurrency: 2, waiting: 1 })
        const fibers = yield* Effect.replicateEffect(Effect.forkChild(pooled(work)), 3)
        yield* settle
        assert.lengthOf(running, 2)
        const refused = yield* Effect.flip(pooled(work))
        assert.strictEqual(refused.resource, "tests")
        yield* endOne
        yield* settle
        assert.lengthOf(running, 2)
        yield* endOne
        yield* endOne
        for (const fiber of fibers) assert.strictEqual(yield* Fiber.join(fiber), "done")
      })
  )

  it.effect("gives the place of an interrupted waiter to the next", () =>
    Effect.gen(function* () {
      const { running, work, endOne } = yield* works
      const pooled = makePool({ resource: "tests", concurrency: 1, waiting: 1 })
      const first = yield* Effect.forkChild(pooled(work))
      const waiter = yield* Effect.forkChild(pooled(work))
      yield* settle
      yield* Fiber.interrupt(waiter)
      const next = yield* Effect.forkChild(pooled(work))
      yield* settle
      yield* endOne
      yield* settle
      assert.lengthOf(running, 1)
      yield* endOne
      yield* Fiber.join(first)
      yield* Fiber.join(next)
    })
  )

  it.effect("keeps a slot taken until the work of an interrupted caller has ended", () =>
    Effect.gen(function* () {
      const { running, work, endOne } = yield* works
      const pooled = makePool({ resource: "tests", concurrency: 1, waiting: 0 })
      const gone = yield* Effect.forkChild(pooled(work))
      yield* settle
      const leaving = yield* Effect.forkChild(Fiber.interrupt(gone))
      yield* settle
      assert.strictEqual((yield* Effect.flip(pooled(work)))._tag, "Overloaded")
      assert.lengthOf(running, 1)
      yield* endOne
      yield* Fiber.join(leaving)
      assert.strictEqual(yield* pooled(Effect.succeed("free")), "free")
    })
  )

  it.effect("serves waiters in order of arrival", () =>
    Effect.gen(function* () {
      const { work, running, endOne } = yield* works
      const pooled = makePool({ resource: "tests", concurrency: 1, waiting: 3 })
      const served: Array<number> = []
      const fibers = yield* Effect.forEach([1, 2, 3, 4], (n) =>
        Effect.forkChild(
          pooled(
            Effect.andThen(
              Effect.sync(() => served.push(n)),
              work
            )
          )
        )
      )
      for (const fiber of fibers) {
        yield* settle
        assert.lengthOf(running, 1)
        yield* endOne
        yield* Fiber.join(fiber)
      }
      assert.deepStrictEqual(served, [1, 2, 3, 4])
    })
  )

  const from = (client: string) =>
    Effect.provideService(Origin, {
      ...{ actor: Option.none(), requestId: Option.none() },
      client: Option.some(client)
    })

  it.effect(
    "serves clients in turns: a client's first work waits for at most one work of each other client",
    () =>
      Effect.gen(function* () {
        const { work, running, endOne } = yield* works
        const pooled = makePool({ resource: "tests", concurrency: 1, waiting: 9 })
        const served: Array<string> = []
        const begin = (client: string) =>
          Effect.sync(() => served.push(client)).pipe(
            Effect.andThen(work),
            pooled,
            from(client),
            Effect.forkChild
          )
        const fibers = yield* Effect.forEach(["a", "a", "a", "b", "b", "c"], begin)
        for (const _ of fibers) {
          yield* settle
          assert.lengthOf(running, 1)
          yield* endOne
        }
        yield* Effect.forEach(fibers, Fiber.join)
        assert.deepStrictEqual(served, ["a", "a", "b", "c", "a", "b"])
      })
  )

  it.effect(
    "refuses the latest work of the client that has most when another client has less",
    () =>
      Effect.gen(function* () {
        const { work, endOne } = yield* works
        const pooled = makePool({ resource: "tests", concurrency: 1, waiting: 3 })
        const begin = (client: string) => Effect.forkChild(from(client)(pooled(work)))
        const first = yield* begin("a")
        const second = yield* begin("a")
        const third = yield* begin("a")
        const latest = yield* begin("a")
        yield* settle
        const other = yield* begin("b")
        assert.strictEqual((yield* Effect.flip(Fiber.join(latest)))._tag, "Overloaded")
        // Two of `a` and one of `b` wait: to change that would only turn it round.
        assert.strictEqual((yield* Effect.flip(from("b")(pooled(work))))._tag, "Overloaded")
        for (const fiber of [first, second, other, third]) {
          yield* settle
          yield* endOne
          assert.strictEqual(yield* Fiber.join(fiber), "done")
        }
      })
  )

  it.effect("has all its slots free after many callers came, waited and were interrupted", () =>
    Effect.gen(function* () {
      const { work, running, endOne } = yield* works
      const pooled = makePool({ resource: "tests", concurrency: 2, waiting: 3 })
      for (let round = 0; round < 20; round++) {
        const fibers = yield* Effect.replicateEffect(Effect.forkChild(pooled(work)), 10)
        yield* settle
        const leaving = yield* Effect.forEach(fibers, (fiber) =>
          Effect.forkChild(Fiber.interrupt(fiber))
        )
        yield* settle
        // Those that had begun hold their places; none that waited has begun instead.
        assert.lengthOf(running, 2)
        yield* endOne
        yield* endOne
        yield* Effect.forEach(leaving, Fiber.join)
      }
      yield* Effect.replicateEffect(Effect.forkChild(pooled(work)), 5)
      yield* settle
      assert.lengthOf(running, 2)
      assert.strictEqual((yield* Effect.flip(pooled(work)))._tag, "Overloaded")
      for (let n = 0; n < 5; n++) {
        yield* endOne
        yield* settle
      }
      assert.strictEqual(yield* pooled(Effect.succeed("free")), "free")
    })
  )

  it.effect("frees the slot of work that fails or dies", () =>
    Effect.gen(function* () {
      const pooled = makePool({ resource: "tests", concurrency: 1, waiting: 0 })
      assert.strictEqual(yield* Effect.flip(pooled(Effect.fail("no"))), "no")
      assert.isTrue(Exit.hasDies(yield* Effect.exit(pooled(Effect.die("bug")))))
      assert.strictEqual(yield* pooled(Effect.succeed("free")), "free")
    })
  )
})
