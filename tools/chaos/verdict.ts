// Compares, once everything is healed and settled, what clients saw with what the database, the queues
// and SES's inbox hold.
import { OrderId, UserId } from "../../src/services/ids.ts"
import { isSettled, type OrderStatus } from "../../src/services/orders/model/OrderStatus.ts"
import { numberOf } from "../../src/services/orders/model/orderNumber.ts"
import { depthOf } from "../harness/queues.ts"
import { tally } from "../harness/statistics.ts"
import type { HealthWatch } from "./health.ts"
import { type History, readHistory } from "./history.ts"
import { outcomes, type StaleRead, worstOutageSeconds, worstRequestSeconds } from "./journal.ts"
import { countMails, type MailKind, mailKey, mailsByKey } from "./mails.ts"
import { refusedAddress } from "./people.ts"
import type { Row } from "./row.ts"
import type { Stage, StoredOrder } from "./stage.ts"

/** What a row does not show, for the file of raw results. */
export interface Details {
  readonly outcomes: Readonly<Record<string, number>>
  readonly healthzAsked: number
  /** Calls of SES by each process, mails with codes included. */
  readonly sends: Readonly<Record<string, number>>
  readonly confirmations: Readonly<Record<string, number>>
  /** All of them, excused or not. */
  readonly staleReads: ReadonlyArray<StaleRead>
  /** How long each process took that was asked to stop. */
  readonly drains: ReturnType<Stage["fleet"]["drains"]>
  readonly messagesLeft: number
  readonly deadLetters: number
  readonly interruptions: ReadonlyArray<unknown>
  readonly notices: Readonly<Record<string, number>>
}

type Confirmation = Parameters<typeof isSettled>[1]

const isSettledOrder = ({ status, confirmation }: StoredOrder): boolean =>
  isSettled(status as OrderStatus, confirmation.state as Confirmation)

/** Unsettled, or settled with a mail that its readers wait for in vain. */
export const isStuck = (order: StoredOrder): boolean =>
  !isSettledOrder(order) ||
  [order.confirmation, order.notice].some(
    (mail) => mail?.state === "waiting" || mail?.state === "sending"
  )

const isOver = ({ status }: StoredOrder): boolean => status !== "pending" && status !== "confirmed"

/**
 * What customers are owed: the confirmation of each order that is confirmed or was handed over, each mail that is on
 * record as sent, and the mail about the end of each order that is over. A confirmation that was not sent when its order
 * ended is not owed: the mail about the end takes its place.
 */
const owedMails = (order: StoredOrder): ReadonlyArray<MailKind> => {
  const { status, confirmation, notice } = order
  const confirmed =
    status === "confirmed" || status === "fulfilled" || confirmation.state === "sent"
  return [
    ...(confirmed ? (["confirmed"] as const) : []),
    ...(notice !== undefined && isOver(order) ? [status as MailKind] : [])
  ]
}

/** Pieces that were sold of each SKU and not given back. */
function soldPieces(orders: ReadonlyArray<StoredOrder>): ReadonlyMap<string, number> {
  const sold = new Map<string, number>()
  const reserving = orders.filter(({ status }) => status !== "cancelled" && status !== "failed")
  for (const { sku, quantity } of reserving.flatMap(({ items }) => items))
    sold.set(sku, (sold.get(sku) ?? 0) + quantity)
  return sold
}

async function countOversold(stage: Stage, orders: ReadonlyArray<StoredOrder>): Promise<number> {
  const products = await stage.database
    .collection<{ _id: string; available: number }>("products")
    .find()
    .toArray()
  const sold = soldPieces(orders)
  return products.filter(
    ({ _id, available }) => available < 0 || (sold.get(_id) ?? 0) > (stage.stock[_id] ?? 0)
  ).length
}

async function countStockOff({ cli }: Stage): Promise<number> {
  const { code, output } = await cli("stock", "audit", "--no-json")
  const off = output.split("\n").filter((line) => line.startsWith("OFF")).length
  if (code !== 0 && off === 0) throw new Error(`the audit failed:\n${output}`)
  return off
}

const settledAt = (writes: History extends ReadonlyMap<string, infer W> ? W : never): number => {
  let status: string | undefined
  let confirmation: string | undefined
  for (const write of writes) {
    status = write.status ?? status
    confirmation = write.confirmation ?? confirmation
    if (isSettled(status as OrderStatus, confirmation as Confirmation)) return write.at
  }
  return 0
}

function recovery(orders: ReadonlyArray<StoredOrder>, history: History, healedAt: number): number {
  const last = orders
    .filter(({ createdAt }) => createdAt.getTime() < healedAt)
    .reduce((latest, { _id }) => Math.max(latest, settledAt(history.get(_id) ?? [])), 0)
  return Math.max(0, last - healedAt) / 1000
}

async function messages({ clients: { sqs }, queues }: Stage) {
  return {
    messagesLeft: await depthOf(sqs, queues.queueUrl),
    deadLetters: await depthOf(sqs, queues.dlqUrl)
  }
}

/** A write of the cache follows that of the database within milliseconds, on a busy machine within this. */
const cachedWithinMs = 1000

/**
 * Stale reads that nothing excuses. Older states are allowed until the entry expires where some process had to give
 * the write to the cache up, and logged so, and where one was killed between its write of the database and that.
 */
function unexcusedStaleReads(
  { journal, fleet, interruptions }: Stage,
  history: History
): ReadonlyArray<StaleRead> {
  const lines = fleet.logs().flatMap(({ text }) => text.split("\n"))
  const notCached = lines.filter((line) => line.includes('"orders not cached'))
  const wasKilledBefore = ({ orderId, seenBefore }: StaleRead): boolean => {
    const at = history.get(orderId)?.find(({ version }) => version === seenBefore)?.at
    return (
      at !== undefined &&
      interruptions.all.some(
        ({ caller, from }) => caller !== undefined && from >= at && from <= at + cachedWithinMs
      )
    )
  }
  return journal.staleReads.filter(
    (read) => !notCached.some((line) => line.includes(read.orderId)) && !wasKilledBefore(read)
  )
}

/** Cancels that were answered and are not so. */
const lostCancels = (stage: Stage, byId: ReadonlyMap<string, StoredOrder>): ReadonlyArray<string> =>
  [...stage.journal.cancelled].filter((id) => byId.get(id)?.status !== "cancelled")

export async function judge(
  stage: Stage,
  observed: {
    readonly scenario: string
    readonly touchesRedis: boolean
    /**
     * Processes of the previous version end orders without a mail about it, and have cache entries of their own, which the
     * others' changes do not reach.
     */
    readonly mixesVersions: boolean
    readonly healedAt: number
    readonly health: HealthWatch
    readonly problems: ReadonlyArray<string>
  }
): Promise<{ readonly row: Row; readonly details: Details }> {
  const { journal, clients, interruptions } = stage
  const orders = await stage.orders.find().toArray()
  const byId = new Map(orders.map((order) => [order._id, order]))
  const history = await readHistory(stage)
  const inbox = await clients.ses.inbox()
  const numbered = new Map(
    orders.map(({ _id, userId }) => [numberOf(OrderId.make(_id), UserId.make(userId)), _id])
  )
  const mails = mailsByKey(inbox, numbered)
  const sends = await clients.ses.sends()
  const count = countMails({
    ...{ inbox, sends, history, numbered },
    interruptions: interruptions.all
  })
  const refused = await stage.database
    .collection<{ _id: string; email: string }>("accounts")
    .findOne({ email: refusedAddress })

  const mailable = orders.filter(({ userId }) => userId !== String(refused?._id))
  const stale = unexcusedStaleReads(stage, history)
  const missing = mailable.flatMap((order) =>
    owedMails(order).flatMap((kind) =>
      mails.has(mailKey(order._id, kind)) ? [] : [{ order, kind }]
    )
  )
  const unnoticed = orders.filter((order) => isOver(order) && order.notice === undefined)
  const wrongly = orders.filter(({ userId, confirmation, notice }) => {
    const wrong = userId === String(refused?._id) ? "sent" : "undeliverable"
    return confirmation.state === wrong || notice?.state === wrong
  })

  return {
    row: {
      scenario: observed.scenario,
      accepted: journal.accepted.size,
      refused: journal.refused,
      lost:
        [...journal.accepted].filter((id) => !byId.has(id)).length +
        lostCancels(stage, byId).length,
      stuck: orders.filter(isStuck).length,
      oversold: await countOversold(stage, orders),
      stockOff: await countStockOff(stage),
      mailsMissing: missing.length,
      mailsTwice: count.twice,
      mailsTwiceAllowed: count.allowed,
      recoverySeconds: recovery(orders, history, observed.healedAt),
      outageSeconds: worstOutageSeconds(journal),
      worstRequestSeconds: worstRequestSeconds(journal),
      healthzFailures: observed.health.failures(),
      staleReads: observed.touchesRedis || observed.mixesVersions ? null : stale.length,
      drainResets: journal.drainResets,
      problems: [
        ...journal.problems,
        ...observed.problems,
        ...count.unexcused,
        ...missing.map(({ order, kind }) => `order ${order._id} has no mail that it is ${kind}`),
        ...(observed.mixesVersions ? [] : unnoticed).map(
          ({ _id, status }) => `order ${_id} is ${status} without a notice`
        ),
        ...wrongly.map(
          ({ _id, confirmation, notice }) =>
            `order ${_id} is ${confirmation.state}/${notice?.state}, wrongly`
        )
      ]
    },
    details: {
      outcomes: outcomes(journal),
      healthzAsked: observed.health.asked(),
      sends: tally(sends.map(({ caller, outcome }) => `${caller} ${outcome}`)),
      confirmations: tally(
        orders.map(({ status, confirmation }) => `${status} ${confirmation.state}`)
      ),
      ...(await messages(stage)),
      interruptions: interruptions.all,
      staleReads: journal.staleReads,
      drains: stage.fleet.drains(),
      notices: tally(orders.map(({ status, notice }) => `${status} ${notice?.state ?? "none"}`))
    }
  }
}
