// Use case: the number of due mails, the time of the oldest, and the current rate.
import { Effect, Option } from "effect"
import { SendRate } from "../messaging/SendRate.ts"
import { now } from "../time.ts"
import { OrderStore } from "./ports/OrderStore.ts"

/** A longer backlog is not counted, since the cost grows with it. */
export const maxCounted = 10_000

export const measureMails = Effect.gen(function* () {
  const store = yield* OrderStore
  const at = yield* now
  const { count, oldest } = yield* store.countDueMails(at, maxCounted)
  return {
    due: count,
    oldestSeconds: Option.match(oldest, {
      onNone: () => 0,
      onSome: (dueAt) => (at.getTime() - dueAt.getTime()) / 1000
    }),
    perSecond: yield* SendRate.use((rate) => rate.current)
  }
})
