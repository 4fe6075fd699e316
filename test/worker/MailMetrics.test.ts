import { assert, it } from "@effect/vitest"
import { Effect, Layer, Metric } from "effect"
import { TestClock } from "effect/testing"
import { OrderId } from "../../src/services/ids.ts"
import { Mailer } from "../../src/services/messaging/Mailer.ts"
import { mailsDue, mailsPerSecond, oldestDueSeconds } from "../../src/services/metrics.ts"
import { OrderStore } from "../../src/services/orders/ports/OrderStore.ts"
import { intercept } from "../fakes/intercept.ts"
import { mailerError, numbered, placed, runWorker, system } from "./world.ts"

it.effect("tells how many mails are due, for how long, and the rate, counting every 15 s", () => {
  let counts = 0
  return Effect.gen(function* () {
    yield* placed(...numbered(5), OrderId.make("a"))
    yield* runWorker
    const before = counts
    yield* Effect.repeat(TestClock.adjust("1 second"), { times: 44 })
    assert.strictEqual(counts, before + 3)
    // One of them may be a probe on its way.
    assert.isAtLeast((yield* Metric.value(mailsDue)).value, 5)
    const oldest = (yield* Metric.value(oldestDueSeconds)).value
    assert.isAbove(oldest, 10)
    assert.isAtMost(oldest, 45)
    assert.closeTo((yield* Metric.value(mailsPerSecond)).value, 1000, 1)
  }).pipe(
    Effect.provide(
      Layer.merge(
        intercept(Mailer, () => ({ send: () => Effect.fail(mailerError("unavailable")) })),
        intercept(OrderStore, (real) => ({
          countDueMails: (at, limit) => {
            counts++
            return real.countDueMails(at, limit)
          }
        }))
      ).pipe(Layer.provideMerge(system))
    )
  )
})
