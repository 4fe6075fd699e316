// ClientCounts on Redis: the keys and the script are those of RedisRateLimiter, so both count the same uses.
// Settlements at the same time share a round trip.
import { Effect, Layer, Option } from "effect"
import { scaledRule } from "../../services/runtime/RateLimiter.ts"
import { ClientCounts, ClientCountsUnavailable } from "../runtime/SettledClientLimit.ts"
import { RedisClient } from "./RedisClient.ts"
import { countUses, digest, prefixOf } from "./RedisRateLimiter.ts"

/** As RedisRateLimiter's. */
export const layer = ({
  keyPrefix,
  factor
}: {
  readonly keyPrefix: string
  readonly factor: number
}): Layer.Layer<ClientCounts, never, RedisClient> =>
  Layer.effect(
    ClientCounts,
    Effect.gen(function* () {
      const redis = yield* RedisClient
      const { limit, windowSeconds } = scaledRule("client", factor)
      const prefix = prefixOf(keyPrefix, "client")
      const run = redis.scriptForEach({ name: "countClientUses", numberOfKeys: 1, lua: countUses })
      return ClientCounts.of({
        add: (uses) =>
          run(
            uses.map(({ client, count, endsIn }) => [
              `${prefix}:${digest(client)}`,
              ...[count, windowSeconds, limit, windowSeconds],
              ...Option.toArray(endsIn)
            ])
          ).pipe(
            Effect.mapBoth({
              onFailure: () => new ClientCountsUnavailable(),
              onSuccess: (answers) =>
                answers.map((answer) => {
                  const [used, millis] = answer as readonly [number, number]
                  return used < 0 ? Option.none() : Option.some({ used, endsIn: millis })
                })
            })
          )
      })
    })
  )
