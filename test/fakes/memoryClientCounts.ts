// ClientCounts in memory, by Clock: what Redis does, for tests that need no Redis.
import { Clock, Effect, Layer, Option } from "effect"
import {
  ClientCounts,
  type ClientUses,
  type ClientWindow
} from "../../src/layers/runtime/SettledClientLimit.ts"
import { scaledRule } from "../../src/services/runtime/RateLimiter.ts"

export const memoryClientCounts = ({ factor }: { readonly factor: number }) =>
  Layer.sync(ClientCounts, () => {
    const { limit, windowSeconds } = scaledRule("client", factor)
    const windows = new Map<string, { used: number; readonly endsAt: number }>()

    const add = (
      { client, count, endsIn }: ClientUses,
      now: number
    ): Option.Option<ClientWindow> => {
      const known = windows.get(client)
      const left = known === undefined ? 0 : known.endsAt - now
      if (Option.isSome(endsIn) && (left <= 0 || left > endsIn.value + (windowSeconds * 1000) / 2))
        return Option.none()
      const window =
        known !== undefined && left > 0 ? known : { used: 0, endsAt: now + windowSeconds * 1000 }
      windows.set(client, window)
      const used = window.used + count
      window.used = Math.min(limit, used)
      return Option.some({ used, endsIn: window.endsAt - now })
    }

    return ClientCounts.of({
      add: (uses) =>
        Effect.map(Clock.currentTimeMillis, (now) => uses.map((each) => add(each, now)))
    })
  })
