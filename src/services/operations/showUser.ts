// Use case of operators: one user, with the live sessions and the newest orders.
import { Effect, Option } from "effect"
import { UserNotFound } from "../accounts/model/errors.ts"
import { expiresAt, lastUsedAt, maxSessions } from "../accounts/model/Session.ts"
import { AccountStore } from "../accounts/ports/AccountStore.ts"
import { SessionStore } from "../accounts/ports/SessionStore.ts"
import type { UserId } from "../ids.ts"
import { OrderStore } from "../orders/ports/OrderStore.ts"
import { now } from "../time.ts"

/** A search by address gives the others. */
export const shownOrders = 20

export const showUser = Effect.fn("showUser")(function* (id: UserId) {
  const account = yield* AccountStore.use((store) => store.findById(id))
  if (Option.isNone(account)) return yield* new UserNotFound({ id })
  const at = yield* now
  const { passwordVersion } = account.value
  const { sessions, orders } = yield* Effect.all(
    {
      sessions: SessionStore.use((store) => store.list(id, at, maxSessions)),
      orders: OrderStore.use((store) =>
        store.list({ userId: id, status: Option.none(), before: Option.none(), limit: shownOrders })
      )
    },
    { concurrency: "unbounded" }
  )
  return {
    customer: account.value,
    // The others give no tokens (see refresh).
    sessions: sessions
      .filter((session) => session.passwordVersion === passwordVersion)
      .map((session) => ({
        id: session.id,
        createdAt: session.createdAt,
        lastUsedAt: lastUsedAt(session),
        expiresAt: expiresAt(session)
      })),
    orders
  }
})
