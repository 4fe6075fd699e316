// Runs a program and the world that it drives to their end in one synchronous sweep. The driver gets
// its next turn only when the world has nothing left to do: "let everything that is due happen" is then
// one `Effect.yieldNow` of the driver, and nothing depends on the host's event loop.
import { Effect, type Exit, Scheduler } from "effect"

interface Turns {
  readonly scheduler: Scheduler.Scheduler
  /** Runs what was scheduled first; false: there was nothing. */
  readonly step: () => boolean
}

const makeTurns = (): Turns => {
  let tasks: Array<() => void> = []
  let next = 0
  return {
    scheduler: {
      executionMode: "async",
      shouldYield: (fiber) => fiber.currentOpCount >= fiber.cache.maxOpsBeforeYield,
      makeDispatcher: () => ({
        scheduleTask: (task) => {
          tasks.push(task)
        },
        flush: () => undefined
      })
    },
    step: () => {
      const task = tasks[next]
      if (task === undefined) {
        tasks = []
        next = 0
        return false
      }
      next += 1
      task()
      return true
    }
  }
}

/** More than any instant takes: something spins. */
const endless = 1_000_000

/** Runs `driver`, which gets the scheduler for the fibers of its world. */
export const runInTurns = <A, E>(
  driver: (world: Scheduler.Scheduler) => Effect.Effect<A, E>
): Exit.Exit<A, E> => {
  const world = makeTurns()
  const driving = makeTurns()
  const fiber = Effect.runFork(
    Effect.provideService(driver(world.scheduler), Scheduler.Scheduler, driving.scheduler),
    { scheduler: driving.scheduler }
  )
  let turns = 0
  while (fiber.pollUnsafe() === undefined) {
    turns = world.step() ? turns + 1 : 0
    if (turns > endless) throw new Error("the world goes on and on while no time passes")
    if (turns === 0 && !driving.step()) break
  }
  const exit = fiber.pollUnsafe()
  if (exit === undefined) throw new Error("the run waits for something outside of virtual time")
  return exit
}
