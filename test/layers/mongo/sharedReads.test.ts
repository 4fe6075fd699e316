import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Latch, Option, Queue, Scope } from "effect"
import { maxKeys, sharedReads } from "../../../src/layers/mongo/sharedReads.ts"

/** One read that was begun, and what ends it. */
interface Begun {
  readonly keys: ReadonlyArray<string>
  readonly answer: Deferred.Deferred<ReadonlyMap<string, string>, string>
}

const open = Effect.gen(function* () {
  const begun = yield* Queue.unbounded<Begun>()
  const read = yield* sharedReads((keys) =>
    Effect.gen(function* () {
      const answer = yield* Deferred.make<ReadonlyMap<string, string>, string>()
      yield* Queue.offer(begun, { keys, answer })
      return yield* Deferred.await(answer)
    })
  )
  const ask = (key: string) => Effect.forkChild(read(key), { startImmediately: true })
  const succeed = ({ keys, answer }: Begun, value: string) =>
    Deferred.succeed(answer, new Map(keys.map((key) => [key, `${key} ${value}`])))
  return { begun, read, ask, succeed }
})

describe("sharedReads", () => {
  it.effect("makes one read for all keys of one turn, each once", () =>
    Effect.gen(function* () {
      const { begun, ask, succeed } = yield* open
      const asked = yield* Effect.forEach(["a", "b", "a"], ask)
      const first = yield* Queue.take(begun)
      assert.deepStrictEqual(first.keys, ["a", "b"])
      yield* succeed(first, "1")
      const answers = yield* Effect.forEach(asked, Fiber.join)
      assert.deepStrictEqual(
        answers,
        ["a 1", "b 1", "a 1"].map((value) => Option.some(value))
      )
      assert.strictEqual(yield* Queue.size(begun), 0)
    })
  )

  it.effect("returns None for a key that was not found", () =>
    Effect.gen(function* () {
      const { begun, ask } = yield* open
      const [found, missing] = [yield* ask("a"), yield* ask("b")]
      const { answer } = yield* Queue.take(begun)
      yield* Deferred.succeed(answer, new Map([["a", "there"]]))
      assert.deepStrictEqual(yield* Fiber.join(found), Option.some("there"))
      assert.deepStrictEqual(yield* Fiber.join(missing), Option.none())
    })
  )

  it.effect("makes a new read for callers during a read, after that has ended", () =>
    Effect.gen(function* () {
      const { begun, ask, succeed } = yield* open
      const early = yield* ask("a")
      const first = yield* Queue.take(begun)
      const late = yield* ask("a")
      // Another key does not wait for it, and shows that the late one does.
      const other = yield* ask("b")
      const second = yield* Queue.take(begun)
      assert.deepStrictEqual(second.keys, ["b"])
      yield* succeed(second, "1")
      assert.deepStrictEqual(yield* Fiber.join(other), Option.some("b 1"))
      yield* succeed(first, "1")
      assert.deepStrictEqual(yield* Fiber.join(early), Option.some("a 1"))
      const third = yield* Queue.take(begun)
      assert.deepStrictEqual(third.keys, ["a"])
      yield* succeed(third, "2")
      assert.deepStrictEqual(yield* Fiber.join(late), Option.some("a 2"))
    })
  )

  it.effect("reads at most a maximum of keys together, and more of them concurrently", () =>
    Effect.gen(function* () {
      const { begun, ask, succeed } = yield* open
      const keys = Array.from({ length: maxKeys + 1 }, (_, i) => `key ${i}`)
      const asked = yield* Effect.forEach(keys, ask)
      const [first, second] = [yield* Queue.take(begun), yield* Queue.take(begun)]
      assert.deepStrictEqual(
        [first.keys, second.keys],
        [keys.slice(0, maxKeys), keys.slice(maxKeys)]
      )
      yield* succeed(first, "1")
      yield* succeed(second, "1")
      assert.lengthOf(yield* Effect.forEach(asked, Fiber.join), keys.length)
    })
  )

  it.effect("continues for the others when one is interrupted", () =>
    Effect.gen(function* () {
      const { begun, ask, succeed } = yield* open
      const [leaving, staying] = [yield* ask("a"), yield* ask("a")]
      const first = yield* Queue.take(begun)
      yield* Fiber.interrupt(leaving)
      yield* succeed(first, "1")
      assert.deepStrictEqual(yield* Fiber.join(staying), Option.some("a 1"))
    })
  )

  it.effect("fails for all its callers, and starts again for the next", () =>
    Effect.gen(function* () {
      const { begun, ask, succeed } = yield* open
      const asked = yield* Effect.forEach(["a", "b"], ask)
      yield* Deferred.fail((yield* Queue.take(begun)).answer, "away")
      for (const fiber of asked)
        assert.deepStrictEqual(yield* Fiber.await(fiber), Exit.fail("away"))
      const again = yield* ask("a")
      yield* succeed(yield* Queue.take(begun), "1")
      assert.deepStrictEqual(yield* Fiber.join(again), Option.some("a 1"))
    })
  )

  it.effect("leaves no caller waiting when its scope ends", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const begun = yield* Latch.make(false)
      const read = yield* Scope.provide(
        sharedReads(() => Effect.andThen(begun.open, Effect.never)),
        scope
      )
      const asked = yield* Effect.forkChild(read("a"))
      yield* begun.await
      yield* Scope.close(scope, Exit.void)
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(asked)))
    })
  )
})
