// Orders of a year, generated the same each time: a tenth of them is one user's, each status and state of a
// mail is there, rare ones too, and the oldest are unsettled, so that no search finds its page by chance.
import { Option } from "effect"
import type { Connection } from "mongoose"
import { orderModel, toOrderDocument } from "../../../src/layers/mongo/OrderModel.ts"
import { UserId } from "../../../src/services/ids.ts"
import type { Order, OrderRecord } from "../../../src/services/orders/model/Order.ts"
import { isSettled } from "../../../src/services/orders/model/OrderStatus.ts"
import { numberOf, orderIdOf } from "../../../src/services/orders/model/orderNumber.ts"
import { firstIdAt } from "../../../src/services/runtime/firstIdAt.ts"
import { idLength } from "../../../src/services/runtime/IdGenerator.ts"
import { chunks } from "../../harness/chunks.ts"

const userIdOf = (nth: number): UserId => UserId.make(nth.toString(16).padStart(idLength, "0"))
const users = 1000

/** Who has a tenth of the orders. */
export const wholesale = userIdOf(users)
/** All that orders are of. */
export const usersOfOrders: ReadonlyArray<UserId> = Array.from({ length: users + 1 }, (_, nth) =>
  userIdOf(nth)
)
export const everyday = "everyday"
export const seldom = "seldom"

const yearSeconds = 365 * 24 * 3600
const insertedTogether = 5000

type State = readonly [Order["status"], Order["confirmation"]["state"]]

const unsettled: ReadonlyArray<State> = [
  ["pending", "waiting"],
  ["confirmed", "waiting"],
  ["confirmed", "sending"]
]
const rare: ReadonlyArray<State> = [
  ["confirmed", "undeliverable"],
  ["fulfilled", "undeliverable"],
  ["cancelled", "not_due"],
  ["cancelled", "sent"],
  ["failed", "not_due"]
]

/** A number from 0 to 999 that says nothing of `i`. */
const dice = (i: number): number => (Math.imul(i + 1, 2_654_435_761) >>> 8) % 1000

const stateOf = (i: number, count: number): State => {
  const roll = dice(i)
  const isOldest = i < Math.min(500, count / 20)
  if (isOldest) return unsettled[roll % unsettled.length] ?? ["pending", "waiting"]
  if (roll < 50) return rare[roll % rare.length] ?? ["failed", "not_due"]
  if (i > count * 0.98) return unsettled[roll % unsettled.length] ?? ["pending", "waiting"]
  return roll < 500 ? ["fulfilled", "sent"] : ["confirmed", "sent"]
}

/** The `i`-th of `count` orders, the last of which was placed just before `end`. */
export const orderAt = (i: number, count: number, end: Date): OrderRecord => {
  const at = new Date(end.getTime() - Math.ceil(((count - i) / count) * yearSeconds * 1000))
  const [status, state] = stateOf(i, count)
  const userId = i % 10 === 0 ? wholesale : userIdOf(dice(i))
  const skus = [
    ...(i % 2 === 0 ? [everyday] : []),
    ...(i % 5003 === 7 ? [seldom] : []),
    `sku-${dice(i)}`
  ]
  const id = orderIdOf(firstIdAt(at).slice(0, 12) + i.toString(16).padStart(20, "0"), userId)
  const settled = isSettled(status, state)
  return {
    order: {
      id,
      number: numberOf(id, userId),
      userId,
      status,
      items: skus.map((sku) => ({ sku, name: "Thing", quantity: 1, unitPrice: 250 })),
      total: 250 * skus.length,
      currency: "EUR",
      createdAt: at,
      updatedAt: at,
      version: 1,
      timeline: [{ status, at }],
      confirmation: { state }
    },
    idempotencyKey: Option.none(),
    work: settled ? Option.none() : Option.some({ dueAt: at, resends: 0 }),
    claim: Option.none(),
    mailRequest: 0,
    needsAttention:
      settled || dice(i) % 10 > 0 ? Option.none() : Option.some({ reason: "it fails", at })
  }
}

/** Stores `count` orders of the year before `end`. */
export const storeOrders = async (
  connection: Connection,
  count: number,
  end: Date,
  stored: (orders: number) => void = () => {}
): Promise<void> => {
  const { collection } = orderModel(connection)
  for (const batch of chunks(Array(count).keys(), insertedTogether)) {
    await collection.insertMany(
      batch.map((i) => toOrderDocument(orderAt(i, count, end))),
      { ordered: false }
    )
    stored((batch.at(-1) ?? 0) + 1)
  }
}
