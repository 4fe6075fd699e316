// The search for abandoned transactions while MongoDB refuses it or is away. test/e2e/faults-database.test.ts shows
// that it ends them, leastPrivilege.test.ts which rights it needs.
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { TestClock } from "effect/testing"
import { createConnection, mongo } from "mongoose"
import { layer } from "../../../src/layers/mongo/abandonedTransactions.ts"
import { MongoConnection, MongoUnavailable } from "../../../src/layers/mongo/MongoConnection.ts"

const looksAt = Effect.fnUntraced(function* (cause: Error) {
  const warnings: Array<unknown> = []
  let looks = 0
  const connection = Layer.succeed(MongoConnection, {
    mongoose: createConnection(),
    run: () =>
      Effect.suspend(() => {
        looks += 1
        return Effect.fail(new MongoUnavailable({ cause }))
      }),
    problem: Effect.succeedNone
  })
  const logger = Logger.layer([Logger.make(({ message }) => warnings.push(message))])
  yield* Layer.build(layer.pipe(Layer.provide([connection, logger])))
  for (let i = 0; i < 10; i++) yield* TestClock.adjust("2 seconds")
  return { goesOn: looks > 5, warnings: warnings.length }
})

it.effect("keeps polling after a refusal, such as after a password change, and logs it once", () =>
  Effect.gen(function* () {
    const refused = new mongo.MongoServerError({ code: 18, message: "Authentication failed." })
    assert.deepStrictEqual(yield* looksAt(refused), { goesOn: true, warnings: 1 })
  })
)

it.effect("keeps polling during an outage, without a log line", () =>
  Effect.gen(function* () {
    const away = new mongo.MongoNetworkError("reset")
    assert.deepStrictEqual(yield* looksAt(away), { goesOn: true, warnings: 0 })
  })
)
