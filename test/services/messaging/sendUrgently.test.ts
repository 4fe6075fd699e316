// Mails that people wait for, within the rate that all mails share.
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import * as MemorySendRate from "../../../src/layers/memory/MemorySendRate.ts"
import { Mailer, MailerError } from "../../../src/services/messaging/Mailer.ts"
import { SendRate } from "../../../src/services/messaging/SendRate.ts"
import { sendUrgently } from "../../../src/services/messaging/sendUrgently.ts"

const mail = { to: "ada@example.com", subject: "code", text: "123456", html: "" }

/** A mailer that notes the seconds at which it was asked. */
const noting = (answer: Effect.Effect<void, MailerError>) => {
  const asked: Array<number> = []
  const layer = Layer.merge(
    Layer.mock(Mailer, {
      send: () =>
        Effect.flatMap(Clock.currentTimeMillis, (millis) => {
          asked.push(millis / 1000)
          return answer
        })
    }),
    MemorySendRate.layer({ maxPerSecond: 10 })
  )
  return { asked, layer }
}

describe("a mail that a person waits for", () => {
  it.effect("is sent also when confirmations have used all tokens", () => {
    const { asked, layer } = noting(Effect.void)
    return Effect.gen(function* () {
      const { taken } = yield* SendRate.use((rate) => rate.take(100))
      assert.isAbove(taken, 0)
      yield* sendUrgently(mail)
      assert.deepStrictEqual(asked, [0])
      // Its token was taken in advance: the next confirmation waits for one more.
      const { waitMillis } = yield* SendRate.use((rate) => rate.take(1))
      assert.isAbove(waitMillis, 100)
    }).pipe(Effect.provide(layer))
  })

  it.effect("waits for its turn among many, and is throttled when that is too late", () => {
    const { asked, layer } = noting(Effect.void)
    return Effect.gen(function* () {
      const sends = yield* Effect.forEach(
        Array.from({ length: 60 }),
        () => Effect.forkChild(Effect.result(sendUrgently(mail))),
        { concurrency: 1 }
      )
      yield* TestClock.adjust("10 seconds")
      const results = yield* Fiber.joinAll(sends)
      const refused = results.filter(({ _tag }) => _tag === "Failure")
      // A second's worth at 8 a second, and 5 s of turns.
      assert.lengthOf(asked, 48)
      assert.lengthOf(refused, 12)
      assert.isAtMost(Math.max(...asked), 5)
    }).pipe(Effect.provide(layer))
  })

  it.effect("slows all senders down when it is throttled", () => {
    const { layer } = noting(
      Effect.fail(new MailerError({ reason: "throttled", mayBeSent: false, cause: "too fast" }))
    )
    return Effect.gen(function* () {
      yield* Effect.ignore(sendUrgently(mail))
      assert.closeTo(yield* SendRate.use((rate) => rate.current), 5, 0.1)
    }).pipe(Effect.provide(layer))
  })
})
