// Orders in this process's memory: each call is one synchronous step, so nothing is ever half done.
import { Effect, Layer, Option } from "effect"
import { allocate, type OrderDraft, type Placement } from "../../services/orders/model/allocate.ts"
import {
  applyAttention,
  applyCommand,
  applyMailOutcome,
  applyMailRequest,
  applyRenewal,
  decideClaim
} from "../../services/orders/model/changes.ts"
import type { ClaimOutcome, ClaimRequest } from "../../services/orders/model/mailClaims.ts"
import type { Order, OrderRecord } from "../../services/orders/model/Order.ts"
import { transitions } from "../../services/orders/model/OrderStatus.ts"
import { afterResend, isOverdue } from "../../services/orders/model/work.ts"
import {
  type ChangeOutcome,
  OrderStore,
  type Unplaceable
} from "../../services/orders/ports/OrderStore.ts"
import { MemoryDatabase } from "./MemoryDatabase.ts"

export const layer: Layer.Layer<OrderStore, never, MemoryDatabase> = Layer.effect(
  OrderStore,
  Effect.gen(function* () {
    const database = yield* MemoryDatabase
    const { orders, products } = database

    // A batch in one step is the same as its drafts in turn, in one step.
    const place = (draft: OrderDraft): Placement | Unplaceable => {
      const byKey =
        draft.idempotencyKey === null
          ? undefined
          : database.findOrderByRequest(draft.userId, draft.idempotencyKey)
      const known = [orders.get(draft.id), byKey].filter((record) => record !== undefined)
      const wanted = draft.lines
        .map(({ sku }) => products.get(sku))
        .flatMap((stored) => (stored?.forSale ? [stored.product] : []))
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

    const claim = (id: string, request: Omit<ClaimRequest, "orderIds">): ClaimOutcome => {
      const record = orders.get(id)
      if (record === undefined) return { _tag: "Missing" }
      const { outcome, next } = decideClaim(record, request)
      if (next !== undefined) database.putOrder(next)
      return outcome
    }

    const move = (
      id: string,
      decide: (record: OrderRecord) => OrderRecord | undefined,
      returnsStock: boolean
    ): Option.Option<ChangeOutcome> => {
      const record = orders.get(id)
      if (record === undefined) return Option.none()
      const next = decide(record)
      if (next === undefined) return Option.some({ order: record.order, moved: false })
      if (returnsStock)
        for (const { sku, quantity } of record.order.items) database.moveStock(sku, quantity)
      database.putOrder(next)
      return Option.some({ order: next.order, moved: true })
    }

    return OrderStore.of({
      place: (drafts) => Effect.sync(() => drafts.map(place)),

      find: (id) => Effect.sync(() => Option.fromUndefinedOr(orders.get(id)?.order)),

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

      claim: ({ orderIds, ...request }) =>
        Effect.sync(() => new Map(orderIds.map((id) => [id, claim(id, request)]))),

      renewClaims: ({ orderIds, ...request }) =>
        Effect.sync(() =>
          orderIds.filter((id) => {
            const record = orders.get(id)
            const next = record === undefined ? undefined : applyRenewal(record, request)
            if (next !== undefined) database.putOrder(next)
            return next !== undefined
          })
        ),

      recordMails: (records) =>
        Effect.sync(() => {
          const changed = new Map<string, Order>()
          for (const mail of records) {
            const record = orders.get(mail.orderId)
            const next = record === undefined ? undefined : applyMailOutcome(record, mail)
            if (next === undefined) continue
            database.putOrder(next)
            changed.set(mail.orderId, next.order)
          }
          return Array.from(changed.values())
        }),

      takeOverdue: (at, limit) =>
        Effect.sync(() =>
          Array.from(orders.values())
            .flatMap((record) =>
              record.work !== null && isOverdue(record.work, at)
                ? [{ record, work: record.work }]
                : []
            )
            .sort((a, b) => a.work.dueAt.getTime() - b.work.dueAt.getTime())
            .slice(0, limit)
            .map(({ record, work }) => {
              database.putOrder({ ...record, work: afterResend(work, at) })
              return record.order.id
            })
        ),

      flagAttention: (ids, reason, at) =>
        Effect.sync(() => {
          for (const id of ids) {
            const record = orders.get(id)
            const next = record === undefined ? undefined : applyAttention(record, { reason, at })
            if (next !== undefined) database.putOrder(next)
          }
        }),

      listAttention: (limit) =>
        Effect.sync(() =>
          Array.from(orders.values())
            .flatMap(({ order, needsAttention }) =>
              needsAttention === null ? [] : [{ orderId: order.id, ...needsAttention }]
            )
            .sort((a, b) => a.at.getTime() - b.at.getTime())
            .slice(0, limit)
        )
    })
  })
)
