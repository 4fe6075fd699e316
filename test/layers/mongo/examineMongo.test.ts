import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { examineMongo, judgeSkew } from "../../../src/layers/mongo/examineMongo.ts"
import * as MongoConnection from "../../../src/layers/mongo/MongoConnection.ts"
import { freePort } from "../../../tools/harness/kept.ts"
import { withDatabase } from "../../../tools/harness/mongo.ts"
import { describeWith } from "../../suite.ts"

const examined = Effect.fnUntraced(function* (uri: string) {
  const findings = yield* examineMongo.pipe(
    Effect.provide(MongoConnection.layer({ uri: Redacted.make(uri) }))
  )
  return Object.fromEntries(findings.map(({ check, state, says }) => [check, [state, says]]))
})

describeWith(["mongo"], "the check of MongoDB", ({ mongo }) => {
  it.live("reports a database that is not migrated, and a server without passwords", () =>
    Effect.gen(function* () {
      const found = yield* examined(withDatabase(mongo.uri))
      assert.deepStrictEqual(found["answers"], ["ok", "a majority takes writes"])
      assert.match(found["topology"]?.[1] ?? "", /^the replica set \w+ with \d members$/u)
      assert.match(found["version"]?.[1] ?? "", /^\d+\.\d+\.\d+$/u)
      assert.strictEqual(found["indexes"]?.[0], "failure")
      assert.strictEqual(found["rights"]?.[0], "warning")
      assert.deepStrictEqual(found["transactions"], ["ok", "they end after 5 s"])
      assert.strictEqual(found["clock"]?.[0], "ok")
    })
  )
})

it.live("stops when MongoDB is unavailable", () =>
  Effect.gen(function* () {
    const port = yield* Effect.promise(freePort)
    const found = yield* examined(`mongodb://127.0.0.1:${port}/orders?replicaSet=rs0`)
    assert.deepStrictEqual(found, {
      answers: ["failure", "MongoDB's primary does not answer"]
    })
  })
)

describe("two clocks", () => {
  const at = (seconds: number) => new Date(1_800_000_000_000 + seconds * 1000)

  for (const [server, before, after, state, says] of [
    [0, 0, 0, "ok", "agrees"],
    [0, -3, 3, "ok", "agrees"],
    [0, 10, 11, "warning", "10 s ahead of"],
    [0, -11, -10, "warning", "10 s behind"],
    [0, 90, 91, "failure", "90 s ahead of"]
  ] as const)
    it(`that show ${server} and ${before} to ${after} are a ${state}`, () => {
      const verdict = judgeSkew(at(server), at(before), at(after))
      assert.strictEqual(verdict.state, state)
      assert.include(verdict.says, says)
    })
})
