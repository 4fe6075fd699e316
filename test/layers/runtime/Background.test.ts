import { assert, describe, it } from "@effect/vitest"
import { Clock, Context, Deferred, Effect, Exit, Fiber, Layer, Option, Scope } from "effect"
import { TestClock } from "effect/testing"
import { layer as fiberBackground } from "../../../src/layers/runtime/FiberBackground.ts"
import { layer as waitUntilBackground } from "../../../src/layers/runtime/WaitUntilBackground.ts"
import { Background } from "../../../src/services/runtime/Background.ts"
import { RequestLifetime } from "../../../src/services/runtime/RequestLifetime.ts"

const ignore = (): void => {}

const implementations = [
  ["fibers", fiberBackground({ shutdownSeconds: 5 }), Option.none()],
  ["waitUntil", waitUntilBackground, Option.some(ignore)]
] as const

describe.each(implementations)("background work in %s", (_, layer, waitUntil) => {
  it.effect("runs without waiting, and continues after the request that caused it", () =>
    Effect.gen(function* () {
      const { run } = yield* Background
      const done = yield* Deferred.make<void>()
      const work = Effect.andThen(Effect.sleep("3 seconds"), Deferred.succeed(done, undefined))
      const request = yield* Effect.andThen(run(Effect.asVoid(work)), Effect.never).pipe(
        Effect.forkChild({ startImmediately: true })
      )
      yield* Fiber.interrupt(request)
      assert.isFalse(yield* Deferred.isDone(done))
      yield* TestClock.adjust("3 seconds")
      assert.isTrue(yield* Deferred.isDone(done))
    }).pipe(Effect.provide(layer), Effect.provideService(RequestLifetime, waitUntil))
  )

  it.effect("that dies does not affect other requests", () =>
    Effect.gen(function* () {
      const { run } = yield* Background
      yield* run(Effect.die(new Error("a bug")))
      const done = yield* Deferred.make<void>()
      yield* run(Effect.asVoid(Deferred.succeed(done, undefined)))
      yield* Deferred.await(done)
    }).pipe(Effect.provide(layer), Effect.provideService(RequestLifetime, waitUntil))
  )
})

describe("background work in fibers", () => {
  const shutDown = Effect.fnUntraced(function* (work: Effect.Effect<void>) {
    const scope = yield* Scope.make()
    const context = yield* Layer.buildWithScope(fiberBackground({ shutdownSeconds: 5 }), scope)
    yield* Context.get(context, Background).run(work)
    const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
    yield* TestClock.adjust("1 minute")
    yield* Fiber.join(closing)
  })

  it.effect("finishes before shutdown ends", () =>
    Effect.gen(function* () {
      const done = yield* Deferred.make<number>()
      yield* shutDown(
        Effect.sleep("3 seconds").pipe(
          Effect.andThen(Clock.currentTimeMillis),
          Effect.flatMap((at) => Deferred.succeed(done, at))
        )
      )
      assert.strictEqual(yield* Deferred.await(done), 3000)
    })
  )

  it.effect("is interrupted when a shutdown has waited long enough", () =>
    Effect.gen(function* () {
      const interrupted = yield* Deferred.make<number>()
      yield* shutDown(
        Effect.onInterrupt(Effect.never, () =>
          Effect.flatMap(Clock.currentTimeMillis, (at) => Deferred.succeed(interrupted, at))
        )
      )
      assert.strictEqual(yield* Deferred.await(interrupted), 5000)
    })
  )
})

describe("background work in waitUntil", () => {
  it.effect("keeps its request alive until it is done", () =>
    Effect.gen(function* () {
      const promises: Array<Promise<unknown>> = []
      const { run } = yield* Background
      yield* run(Effect.sleep("3 seconds")).pipe(
        Effect.provideService(
          RequestLifetime,
          Option.some((promise) => promises.push(promise))
        )
      )
      assert.lengthOf(promises, 1)
      yield* TestClock.adjust("3 seconds")
      yield* Effect.promise(() => Promise.all(promises))
    }).pipe(Effect.provide(waitUntilBackground))
  )

  it.effect("finishes before the response on a host without it", () =>
    Effect.gen(function* () {
      const { run } = yield* Background
      const fiber = yield* Effect.forkChild(run(Effect.sleep("3 seconds")))
      yield* TestClock.adjust("2 seconds")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
    }).pipe(Effect.provide(waitUntilBackground))
  )
})
