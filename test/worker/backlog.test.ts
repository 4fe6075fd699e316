// A backlog that takes minutes to mail is not multiplied by those who look after overdue orders.
import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import * as MemorySendRate from "../../src/layers/memory/MemorySendRate.ts"
import { Mailer } from "../../src/services/messaging/Mailer.ts"
import { OrderQueue } from "../../src/services/orders/ports/OrderQueue.ts"
import { worker } from "../../src/worker/Worker.ts"
import { intercept } from "../fakes/intercept.ts"
import { numbered, placed, system, visibilitySeconds } from "./world.ts"

const orders = 5000
const mailsPerSecond = 14
const workers = 3

it.effect(
  "5,000 orders at 14 mails a second are mailed once each, with few messages more",
  () => {
    let sent = 0
    const subjects: Array<string> = []
    return Effect.gen(function* () {
      const ids = numbered(orders)
      yield* placed(...ids)
      for (let i = 0; i < workers; i++)
        yield* Layer.build(
          Layer.fresh(worker({ concurrency: 32, visibilitySeconds, drainSeconds: 25 }))
        )
      yield* TestClock.adjust(`${Math.ceil(orders / mailsPerSecond) + 15} seconds`)
      assert.strictEqual(subjects.length, orders)
      assert.strictEqual(new Set(subjects).size, orders)
      assert.isBelow(sent, orders * 1.05)
      yield* TestClock.adjust("1 hour")
      assert.isBelow(sent, orders * 1.05)
    }).pipe(
      Effect.scoped,
      Effect.provide(
        Layer.mergeAll(
          MemorySendRate.layer({ maxPerSecond: mailsPerSecond }),
          intercept(Mailer, () => ({
            send: ({ subject }) => Effect.sync(() => void subjects.push(subject))
          })),
          intercept(OrderQueue, (real) => ({
            send: (messages) => {
              sent += messages.length
              return real.send(messages)
            }
          }))
        ).pipe(Layer.provideMerge(system))
      )
    )
  },
  60_000
)
