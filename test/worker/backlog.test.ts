// A burst of orders is confirmed without waiting for mails, which go out at the allowed rate, once each.
import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { MemoryDatabase } from "../../src/layers/memory/MemoryDatabase.ts"
import * as MemorySendRate from "../../src/layers/memory/MemorySendRate.ts"
import { Mailer } from "../../src/services/messaging/Mailer.ts"
import { intercept } from "../../src/testing/intercept.ts"
import { numbered, placed, startWorker, system } from "./world.ts"

const orders = 2000
const mailsPerSecond = 14
const workers = 3

it.effect(
  "2,000 orders at 14 mails a second are confirmed within seconds, and mailed once each at that rate",
  () => {
    const subjects: Array<string> = []
    return Effect.gen(function* () {
      yield* placed(...numbered(orders))
      for (let i = 0; i < workers; i++) yield* startWorker({ concurrency: 32 })
      yield* TestClock.adjust("5 seconds")
      const { orders: stored } = yield* MemoryDatabase
      const pending = Array.from(stored.values()).filter(({ order }) => order.status === "pending")
      assert.lengthOf(pending, 0)
      assert.isAtMost(subjects.length, 5 * mailsPerSecond + 2)
      yield* TestClock.adjust(`${Math.ceil((1.1 * orders) / mailsPerSecond) - 5} seconds`)
      assert.strictEqual(subjects.length, orders)
      assert.strictEqual(new Set(subjects).size, orders)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(subjects.length, orders)
    }).pipe(
      Effect.provide(
        Layer.merge(
          MemorySendRate.layer({ maxPerSecond: mailsPerSecond }),
          intercept(Mailer, () => ({
            send: ({ subject }) => Effect.sync(() => void subjects.push(subject))
          }))
        ).pipe(Layer.provideMerge(system))
      )
    )
  },
  60_000
)
