// Virtual time and the fibers that live in it. Time moves only by `pass`, from one sleeper to the next,
// and everything that is due has happened before the next one wakes.
import {
  Clock,
  Context,
  Duration,
  Effect,
  Exit,
  type Fiber,
  Logger,
  Random,
  References,
  Scheduler,
  Scope
} from "effect"
import { TestClock } from "effect/testing"
import type { SeededRandom } from "../harness/random.ts"
import type { Trace } from "./trace.ts"
import { makeTrace } from "./trace.ts"

export interface World {
  readonly now: () => number
  readonly trace: Trace
  /** Starts something in the world. Its failure is one of the harness and ends the run. */
  readonly begin: <A, E>(
    effect: Effect.Effect<A, E, Scope.Scope>
  ) => Effect.Effect<Fiber.Fiber<A, E>>
  /** Lets time pass in steps until `done` or for so long; whether it is done. */
  readonly pass: (options: {
    readonly millis: number
    readonly stepMillis: number
    readonly done: () => boolean
  }) => Effect.Effect<boolean>
}

export interface WorldOptions {
  readonly scheduler: Scheduler.Scheduler
  readonly random: SeededRandom
  /** Whether warnings and errors of the programs show in the trace. */
  readonly logs: boolean
}

export const makeWorld = Effect.fnUntraced(function* ({ scheduler, random, logs }: WorldOptions) {
  const scope = yield* Scope.Scope
  const clock = yield* TestClock.make()
  // The first move of the clock ends its watch for tests that forget to move it.
  yield* clock.adjust(0)
  /** Wakes at whole milliseconds, as the timers of a host do. */
  const wholeMillis: Clock.Clock = {
    ...clock,
    sleep: (duration) => clock.sleep(Duration.millis(Math.ceil(Duration.toMillis(duration))))
  }
  const now = () => clock.currentTimeMillisUnsafe()
  const trace = makeTrace(now)
  const logger = Logger.make<unknown, void>(({ message, logLevel }) => {
    trace.remark(`${logLevel}: ${[message].flat().map(String).join(" ")}`)
  })
  const context = Context.make(Scheduler.Scheduler, scheduler).pipe(
    Context.add(Clock.Clock, wholeMillis),
    Context.add(Random.Random, random),
    Context.add(References.TracerEnabled, false),
    Context.add(Logger.CurrentLoggers, new Set(logs ? [logger] : [])),
    Context.add(References.MinimumLogLevel, logs ? "Warn" : "None"),
    Context.add(Scope.Scope, scope)
  )
  const fibers: Array<Fiber.Fiber<unknown, unknown>> = []

  const begin: World["begin"] = (effect) =>
    Effect.map(Effect.forkIn(Effect.provideContext(effect, context), scope), (fiber) => {
      fibers.push(fiber)
      return fiber
    })

  const failure = () =>
    fibers
      .map((fiber) => fiber.pollUnsafe())
      .find((exit) => exit !== undefined && Exit.isFailure(exit))

  const pass: World["pass"] = Effect.fnUntraced(function* ({ millis, stepMillis, done }) {
    const until = now() + millis
    while (now() < until && !done()) {
      yield* clock.adjust(stepMillis)
      const failed = failure()
      if (failed !== undefined)
        return yield* Effect.die(new Error("the harness failed", { cause: failed }))
    }
    return done()
  })

  return { now, trace, begin, pass } satisfies World
})
