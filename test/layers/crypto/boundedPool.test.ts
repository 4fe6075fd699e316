import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber } from "effect"
import { makePool } from "../../../src/layers/crypto/boundedPool.ts"

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
  it.effect("runs so many at once, lets so many wait, and refuses the rest at once", () =>
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

  it.effect("gives the place of a waiter who went away to the next", () =>
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

  it.effect("keeps the place taken until work whose caller went away has ended", () =>
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

  it.effect("serves who waits in the order of arrival", () =>
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

  it.effect("has all its places again after many came, waited and went away", () =>
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
        // Those that had begun hold their places; nobody who waited has begun instead.
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

  it.effect("frees the place of work that fails or dies", () =>
    Effect.gen(function* () {
      const pooled = makePool({ resource: "tests", concurrency: 1, waiting: 0 })
      assert.strictEqual(yield* Effect.flip(pooled(Effect.fail("no"))), "no")
      assert.isTrue(Exit.hasDies(yield* Effect.exit(pooled(Effect.die("bug")))))
      assert.strictEqual(yield* pooled(Effect.succeed("free")), "free")
    })
  )
})
