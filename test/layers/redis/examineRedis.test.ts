import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { examineRedis } from "../../../src/layers/redis/examineRedis.ts"
import * as RedisClient from "../../../src/layers/redis/RedisClient.ts"
import { freePort } from "../../../tools/harness/kept.ts"
import { startRedis } from "../../../tools/harness/redis.ts"
import { describeWithRedisVersions } from "../../suite.ts"
import { optionsFor } from "./support.ts"

const examined = Effect.fnUntraced(function* (address: Parameters<typeof optionsFor>[0]) {
  const findings = yield* examineRedis.pipe(Effect.provide(RedisClient.layer(optionsFor(address))))
  return Object.fromEntries(findings.map(({ check, state, says }) => [check, [state, says]]))
})

await describeWithRedisVersions("Redis is examined", (version) => {
  const serverWith = (...args: ReadonlyArray<string>) =>
    Effect.acquireRelease(
      Effect.promise(() => startRedis({ version, args })),
      ({ stop }) => Effect.promise(stop)
    )

  for (const [what, args, state, words] of [
    ["bounded", ["--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"], "ok", "allkeys-lru"],
    ["without a bound", [], "warning", "no bound"],
    ["that evicts nothing", ["--maxmemory", "64mb"], "warning", "noeviction"]
  ] as const)
    it.live(`one ${what}`, () =>
      Effect.gen(function* () {
        const { address } = yield* serverWith(...args)
        const found = yield* examined(address)
        assert.deepStrictEqual([found["answers"]?.[0], found["version"]?.[0]], ["ok", "ok"])
        assert.match(found["version"]?.[1] ?? "", /^(?:Valkey )?\d+\.\d+\.\d+$/u)
        assert.strictEqual(found["memory"]?.[0], state)
        assert.include(found["memory"]?.[1], words)
      })
    )
})

it.live("stops when Redis is unavailable", () =>
  Effect.gen(function* () {
    const port = yield* Effect.promise(freePort)
    const found = yield* examined({ host: "127.0.0.1", port })
    assert.deepStrictEqual(found, {
      answers: ["failure", "Redis does not answer: ECONNREFUSED"]
    })
  })
)
