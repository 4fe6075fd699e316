// Orders in this process's memory: each call is one synchronous step, hence atomic.
import { Effect, Layer, Option } from "effect"
import type { OrderId } from "../../services/ids.ts"
import { allocate, type OrderDraft, type Placement } from "../../services/orders/model/allocate.ts"
import {
  applyAttention,
  applyCommand,
  applyConfirm,
  applyMailClaim,
  applyMailOutcome,
  applyMailRequest,
  isSending,
  toClaimedMail
} from "../../services/orders/model/changes.ts"
import type { Order, OrderRecord } from "../../services/orders/model/Order.ts"
import {
  mailedStatuses,
  type OrderStatus,
  transitions
} from "../../services/orders/model/OrderStatus.ts"
import { numberOf } from "../../services/orders/model/orderNumber.ts"
import {
  afterTaking,
  comparedByAge,
  endOfTime,
  isOverdue
} from "../../services/orders/model/work.ts"
import {
  type ChangeOutcome,
  OrderStore,
  type Unplaceable
} from "../../services/orders/ports/OrderStore.ts"
import { inCommitSpan } from "../../services/orders/steps/commitSpan.ts"
import { isForSale, MemoryDatabase } from "./MemoryDatabase.ts"

export const layer: Layer.Layer<OrderStore, never, MemoryDatabase> = Layer.effect(
  OrderStore,
  Effect.gen(function* () {
    const database = yield* MemoryDatabase
    const { openOrders, orders, products } = database

    const find = (id: OrderId) => Option.fromUndefinedOr(orders.get(id))

    /** Writes what `decide` makes of an order, where there is something. */
    const update = (
      id: OrderId,
      decide: (record: OrderRecord) => Option.Option<OrderRecord>
    ): Option.Option<OrderRecord> => {
      const next = Option.flatMap(find(id), decide)
      if (Option.isSome(next)) database.putOrder(next.value)
      return next
    }

    const overdue = (statuses: ReadonlyArray<OrderStatus>, at: Date) =>
      Array.from(openOrders.values())
        .filter(({ order }) => statuses.includes(order.status))
        .flatMap((record) =>
          Option.toArray(record.work)
            .filter((work) => isOverdue(work, at))
            .map((work) => ({ record, work }))
        )
        .sort((a, b) => a.work.dueAt.getTime() - b.work.dueAt.getTime())

    // A batch in one step is the same as its drafts in turn, in one step.
    const place = (draft: OrderDraft): Placement | Unplaceable => {
      const byKey = Option.flatMap(draft.idempotencyKey, (key) =>
        database.findOrderByRequest(draft.userId, key)
      )
      const byNumber = database.findOrderByNumber(numberOf(draft.id, draft.userId))
      const known = [find(draft.id), byKey, byNumber].flatMap(Option.toArray)
      const wanted = draft.lines
        .map(({ sku }) => products.get(sku))
        .flatMap((stored) => (stored !== undefined && isForSale(stored) ? [stored.product] : []))
      try {
        const { placements, inserts, taken } = allocate([draft], known, wanted)
        for (const { sku, quantity } of taken) database.moveStock(sku, -quantity)
        for (const record of inserts) database.putOrder(record)
        const [placement] = placements
        if (placement === undefined) throw new Error("allocate must answer every draft")
        return placement
      } catch (defect) {
        return { _tag: "Unplaceable", defect }
      }
    }

    const move = (
      id: OrderId,
      decide: (record: OrderRecord) => Option.Option<OrderRecord>,
      returnsStock: boolean
    ): Option.Option<ChangeOutcome> =>
      Option.map(find(id), (record) => {
        const next = decide(record)
        const { order: before } = record
        if (Option.isNone(next)) return { order: before, before, moved: false }
        if (returnsStock)
          for (const { sku, quantity } of record.order.items) database.moveStock(sku, quantity)
        database.putOrder(next.value)
        return { order: next.value.order, before, moved: true }
      })

    return OrderStore.of({
      place: (drafts) =>
        inCommitSpan(
          Effect.sync(() => drafts.map(place)),
          drafts,
          () => ({ name: "place orders", kind: "internal", attributes: {} })
        ),

      find: (id) => Effect.sync(() => Option.map(find(id), ({ order }) => order)),

      findByNumber: (number) =>
        Effect.sync(() => Option.map(database.findOrderByNumber(number), ({ order }) => order)),

      list: ({ userId, status, before, limit }) =>
        Effect.sync(() =>
          database
            .ordersOf(userId)
            .map(({ order }) => order)
            .filter((order) => Option.isNone(status) || order.status === status.value)
            .filter(({ id }) => Option.isNone(before) || id < before.value)
            .sort((a, b) => (a.id < b.id ? 1 : -1))
            .slice(0, limit)
        ),

      change: (id, command, at, reason) =>
        Effect.sync(() =>
          move(
            id,
            (record) => applyCommand(record, command, at, reason),
            transitions[command].returnsStock
          )
        ),

      requestMail: (id, at) =>
        Effect.sync(() => move(id, (record) => applyMailRequest(record, at), false)),

      confirm: (ids, at) =>
        Effect.sync(() => {
          const confirmed = ids.filter((id) =>
            Option.isSome(update(id, (record) => applyConfirm(record, at)))
          )
          const orders = Array.from(new Set(ids))
            .flatMap((id) => Option.toArray(find(id)))
            .map(({ order }) => order)
          return { count: confirmed.length, orders, unreadable: [] }
        }),

      takeOverdue: (at, limit) =>
        Effect.sync(() =>
          overdue(["pending"], at)
            .slice(0, limit)
            .map(({ record, work }) => {
              database.putOrder({ ...record, work: Option.some(afterTaking(work, at)) })
              return record.order.id
            })
        ),

      findDueMails: (at, limit) =>
        Effect.sync(() =>
          overdue(mailedStatuses, at)
            .slice(0, limit)
            .map(({ record, work }) => ({ orderId: record.order.id, dueAt: work.dueAt }))
        ),

      countDueMails: (at, limit) =>
        Effect.sync(() => {
          const due = overdue(mailedStatuses, at)
          return {
            count: Math.min(due.length, limit),
            oldest: Option.map(Option.fromUndefinedOr(due[0]), ({ work }) => work.dueAt)
          }
        }),

      countUnsettled: (status, limit) =>
        Effect.sync(() => {
          const unsettled = overdue([status], endOfTime)
          const [oldest] = unsettled
            .slice(0, Math.min(limit, comparedByAge))
            .map(({ record }) => record.order.createdAt)
            .sort((a, b) => a.getTime() - b.getTime())
          return {
            count: Math.min(unsettled.length, limit),
            oldest: Option.fromUndefinedOr(oldest)
          }
        }),

      claimMails: ({ orderIds, ...request }) =>
        Effect.sync(() => {
          for (const id of orderIds) update(id, (record) => applyMailClaim(record, request))
          const claimed = Array.from(new Set(orderIds))
            .flatMap((id) => Option.toArray(find(id)))
            .filter((record) => isSending(record, request.claimId))
          return { mails: claimed.map(toClaimedMail), unreadable: [] }
        }),

      recordMails: (records) =>
        Effect.sync(() => {
          const changed = new Map<OrderId, Order>()
          for (const mail of records) {
            const next = update(mail.orderId, (record) => applyMailOutcome(record, mail))
            if (Option.isSome(next)) changed.set(mail.orderId, next.value.order)
          }
          return Array.from(changed.values())
        }),

      flagAttention: (ids, reason, at) =>
        Effect.sync(() => {
          for (const id of ids) update(id, (record) => applyAttention(record, { reason, at }))
        }),

      listAttention: (limit) =>
        Effect.sync(() =>
          Array.from(orders.values())
            .flatMap(({ order, needsAttention }) =>
              Option.toArray(needsAttention).map((flag) => ({ orderId: order.id, ...flag }))
            )
            .sort((a, b) => a.at.getTime() - b.at.getTime())
            .slice(0, limit)
        )
    })
  })
)
