// Who uses the system in a run: the buyers of the plan, readers of what they bought, and in the end one
// more buyer, when nothing goes wrong any more.
import { Effect } from "effect"
import { OrderId } from "../../src/services/ids.ts"
import type { SeededRandom } from "../harness/random.ts"
import {
  askAgain,
  askForCode,
  buy,
  type ClientContext,
  cancel,
  decide,
  look,
  patientMillis
} from "./clients.ts"
import { type Plan, type Purchase, users } from "./plan.ts"
import { type System, spareSku } from "./system.ts"
import type { World } from "./world.ts"

export interface People {
  /** Whether every buyer knows what became of the order. */
  readonly served: () => boolean
  /** Places an order and follows it: the next read has to see every write of it. */
  readonly last: Effect.Effect<void>
}

/** How long a decision waits for a confirmation that is being sent, and the longest from then on. */
const longestWaitMillis = 120_000
const momentMillis = 20
const followingLooks = 20
const lastLookMillis = 5000
const lookEveryMillis = 250
/** How long a write may take to the cache where nothing goes wrong. */
const freshMillis = 1000

const lastPurchase: Purchase = {
  at: 0,
  user: 0,
  lines: [{ sku: spareSku, quantity: 1 }],
  key: "last",
  twin: false,
  patience: patientMillis,
  follows: false,
  cancelAfter: null,
  resends: 0,
  decision: null
}

export const makePeople = Effect.fnUntraced(function* (
  plan: Plan,
  { ledger, slots, database, written }: System,
  { begin, trace }: World,
  random: SeededRandom
) {
  const apiRandom = random.fork()
  const clients: ClientContext = {
    random: random.fork(),
    ledger,
    trace,
    api: () => {
      const up = slots.flatMap(({ api }) => (api?.process.closing === false ? [api] : []))
      return up[apiRandom.int(0, up.length - 1)]
    }
  }
  const known: Array<{ readonly user: number; readonly orderId: OrderId }> = []
  let waiting = plan.purchases.length

  const follower = Effect.fnUntraced(function* (user: number, orderId: OrderId) {
    for (let looks = 0; looks < followingLooks; looks++) {
      yield* Effect.sleep(clients.random.int(10, 500))
      yield* look(clients, `follower-${user}`, user, orderId)
    }
  })

  /** Until the confirmation is being sent, or is settled without that. */
  const whileSending = Effect.fnUntraced(function* (orderId: OrderId) {
    const isWaiting = () => {
      const { status, confirmation } = database.orders.get(orderId)?.order ?? {}
      return status === "pending" || confirmation?.state === "waiting"
    }
    while (isWaiting()) {
      yield* written.await
      // The write's own step goes first.
      yield* Effect.yieldNow
    }
    yield* Effect.sleep(clients.random.int(0, momentMillis))
  }, Effect.timeoutOption(longestWaitMillis))

  const deciding = (orderId: OrderId, { command, after }: NonNullable<Purchase["decision"]>) =>
    Effect.andThen(
      after === "sending" ? whileSending(orderId) : Effect.sleep(after),
      decide(clients, orderId, command)
    )

  const shopper = Effect.fnUntraced(function* (purchase: Purchase) {
    const { user, cancelAfter, resends, decision } = purchase
    yield* Effect.sleep(purchase.at)
    const buyOne = buy(clients, purchase, ({ id }) => known.push({ user, orderId: id }))
    const [order] = yield* Effect.all(purchase.twin ? [buyOne, buyOne] : [buyOne], {
      concurrency: "unbounded"
    })
    if (order !== undefined && purchase.follows) yield* begin(follower(user, order.id))
    if (order !== undefined && resends > 0) yield* begin(askAgain(clients, order.id, resends))
    if (order !== undefined && decision !== null) yield* begin(deciding(order.id, decision))
    if (order !== undefined && cancelAfter !== null) {
      yield* Effect.sleep(cancelAfter)
      yield* cancel(clients, user, order.id)
    }
    waiting -= 1
  })

  const reader = Effect.fnUntraced(function* (name: string) {
    while (true) {
      yield* Effect.sleep(clients.random.int(500, 10_000))
      const order = known[clients.random.int(0, known.length - 1)]
      if (order !== undefined) yield* look(clients, name, order.user, OrderId.make(order.orderId))
    }
  })

  for (const purchase of plan.purchases) yield* begin(shopper(purchase))
  for (const { at, user } of plan.codes) yield* begin(Effect.delay(askForCode(clients, user), at))
  for (let i = 1; i <= plan.readers; i++) yield* begin(reader(`reader-${i}`))

  return {
    served: () => waiting === 0,
    last: Effect.gen(function* () {
      const order = yield* buy(clients, lastPurchase, () => undefined)
      if (order === undefined) {
        ledger.violate("no order is stuck", "the last one was refused")
        return
      }
      for (let waited = 0; waited < lastLookMillis; waited += lookEveryMillis) {
        const version = yield* look(clients, users[0], 0, order.id)
        if (version !== undefined) ledger.readFresh(order.id, version, freshMillis)
        yield* Effect.sleep(lookEveryMillis)
      }
    })
  } satisfies People
})
