// The deadline of requests: exact for each of them, by one timer that runs only while a request waits.
import { Effect, type Fiber, Layer, Logger, ManagedRuntime } from "effect"
import { TestClock } from "effect/testing"
import { assert, describe, it, vi } from "vitest"
import { type InFlightRequest, makeInFlight } from "../../src/api/inFlight.ts"

const open = (sharesTimer: boolean) => {
  const runtime = ManagedRuntime.make(Layer.merge(TestClock.layer(), Logger.layer([])))
  const forked: Array<Fiber.Fiber<unknown, unknown>> = []
  const fork = (effect: Effect.Effect<void>) => {
    const fiber = runtime.runFork(effect)
    forked.push(fiber)
    return fiber
  }
  const inFlight = makeInFlight(fork, "10 seconds", { sharesTimer })
  const ended: Array<string> = []
  const begin = async (name: string, expire = () => {}): Promise<() => void> => {
    const startedAt = await runtime.runPromise(
      Effect.clockWith((clock) => clock.monotonicTimeNanos)
    )
    const request: InFlightRequest = {
      startedAt,
      expire: () => {
        ended.push(name)
        leave()
        expire()
      },
      dispose: () => {
        ended.push(`${name} disposed`)
        leave()
      }
    }
    const leave = inFlight.add(request)
    return leave
  }
  return {
    inFlight,
    ended,
    begin,
    running: () => forked.filter((fiber) => fiber.pollUnsafe() === undefined).length,
    forks: () => forked.length,
    pass: (millis: number) => runtime.runPromise(TestClock.adjust(millis)),
    run: runtime.runPromise
  }
}

describe.each([
  ["a shared timer", true],
  ["timers of their own", false]
])("requests with %s", (_, sharesTimer) => {
  it("end, each at its own deadline", async () => {
    const { ended, begin, pass } = open(sharesTimer)
    await begin("first")
    await pass(4000)
    await begin("second")
    await pass(5999)
    assert.deepStrictEqual(ended, [])
    await pass(1)
    assert.deepStrictEqual(ended, ["first"])
    await pass(3999)
    assert.deepStrictEqual(ended, ["first"])
    await pass(1)
    assert.deepStrictEqual(ended, ["first", "second"])
  })

  it("end although the end callback of another one throws", async () => {
    const { ended, begin, pass } = open(sharesTimer)
    await begin("broken", () => {
      throw new Error("an end that fails")
    })
    await begin("sound")
    await pass(10_000)
    assert.deepStrictEqual(ended, ["broken", "sound"])
  })

  it("leave no timer behind once they are answered", async () => {
    const { begin, running } = open(sharesTimer)
    const requests = await Promise.all(["a", "b", "c"].map((name) => begin(name)))
    assert.isAbove(running(), 0)
    for (const leave of requests) leave()
    await vi.waitFor(() => assert.strictEqual(running(), 0))
  })

  it("end with the runtime", async () => {
    const { inFlight, ended, begin, run } = open(sharesTimer)
    await begin("a")
    await begin("b")
    await run(inFlight.disposal)
    assert.deepStrictEqual(ended, ["a disposed", "b disposed"])
  })
})

it("uses one timer for all deadlines", async () => {
  const { begin, pass, forks, running } = open(true)
  const leaveOldest = await begin("oldest")
  for (let i = 0; i < 100; i++) {
    await begin(`${i}`)
    await pass(1)
  }
  assert.strictEqual(forks(), 1)
  leaveOldest()
  assert.strictEqual(running(), 1)
})
