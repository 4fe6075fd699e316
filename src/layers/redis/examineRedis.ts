// Checks Redis for an operator: settings by which the service works badly.
import { Effect, Option } from "effect"
import { type Finding, failure, look, ok, warning } from "../../services/runtime/Finding.ts"
import { RedisClient } from "./RedisClient.ts"

const part = "Redis"

const answers = RedisClient.use(({ problem }) => problem).pipe(
  Effect.map(
    Option.match({
      onNone: () => ok("takes writes"),
      onSome: (sentence) =>
        failure(
          sentence,
          "see whether it is up, and whether REDIS_HOST, REDIS_PORT, REDIS_USERNAME, REDIS_PASSWORD, REDIS_TLS and REDIS_CLUSTER fit it"
        )
    })
  )
)

/** The fields of a section of INFO. */
const info = (section: string) =>
  Effect.map(
    RedisClient.use(({ use }) => use((redis) => redis.info(section))),
    (text) =>
      new Map(
        text.split(/\r?\n/u).map((line) => {
          const [name = "", ...value] = line.split(":")
          return [name, value.join(":")] as const
        })
      )
  )

/** The oldest that the tests run on. */
const oldest = [6, 2] as const

const isOlder = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  return major < oldest[0] || (major === oldest[0] && minor < oldest[1])
}

const version = Effect.map(info("server"), (fields) => {
  const valkey = fields.get("valkey_version")
  const redis = fields.get("redis_version") ?? "unknown"
  if (valkey !== undefined) return ok(`Valkey ${valkey}`)
  return isOlder(redis)
    ? warning(`${redis} is older than what is tested`, `update it to ${oldest.join(".")} or newer`)
    : ok(redis)
})

const bound = "set maxmemory, and maxmemory-policy allkeys-lru (docs/deploy.md, Redis)"

const memory = Effect.map(info("memory"), (fields) => {
  const policy = fields.get("maxmemory_policy") ?? ""
  if (Number(fields.get("maxmemory") ?? 0) === 0) return warning("its memory has no bound", bound)
  return policy === "noeviction"
    ? warning("once its memory is full it refuses writes (noeviction)", bound)
    : ok(`it is bounded, and evicts by ${policy}`)
})

/** Of a server that takes no writes nothing else is asked. */
export const examineRedis: Effect.Effect<ReadonlyArray<Finding>, never, RedisClient> = Effect.gen(
  function* () {
    const first = yield* look(part, "answers", answers)
    if (first.state === "failure") return [first]
    const rest = yield* Effect.all([look(part, "version", version), look(part, "memory", memory)], {
      concurrency: "unbounded"
    })
    return [first, ...rest]
  }
)
