// Deliberate mistakes, each as another implementation of a port: the simulation has to catch every one.
import { Clock, Effect, Equal, Option } from "effect"
import type { MemoryDatabase } from "../../src/layers/memory/MemoryDatabase.ts"
import { makeMemorySendRate } from "../../src/layers/memory/MemorySendRate.ts"
import type { OrderId } from "../../src/services/ids.ts"
import type { SendRate } from "../../src/services/messaging/SendRate.ts"
import { allocate } from "../../src/services/orders/model/allocate.ts"
import { applyCommand } from "../../src/services/orders/model/changes.ts"
import type { MailOutcome, MailRecord } from "../../src/services/orders/model/mailClaims.ts"
import { encodeOrder, type Order, type OrderRecord } from "../../src/services/orders/model/Order.ts"
import { isMailed, type MailKind } from "../../src/services/orders/model/OrderStatus.ts"
import { clockMarginSeconds } from "../../src/services/orders/model/work.ts"
import { type CachedOrder, drawLifeMillis } from "../../src/services/orders/ports/OrderCache.ts"
import type { OrderStore } from "../../src/services/orders/ports/OrderStore.ts"
import { addSeconds } from "../../src/services/time.ts"
import type { Ports } from "./ports.ts"

type Store = OrderStore["Service"]
type Database = MemoryDatabase["Service"]
type Rate = SendRate["Service"]

export interface Mutation {
  readonly name: string
  /** A mistake of a dependency's adapter, shared by all processes. */
  readonly adapter?: (ports: Ports, database: Database) => Partial<Ports>
  /** A mistake of the programs: what they would call instead. */
  readonly program?: (ports: Ports, kind: "api" | "worker", rate: Rate) => Partial<Ports>
  /** A mistake of the bucket of mails; made anew for each process. */
  readonly rate?: (shared: Rate, maxPerSecond: number) => Rate
  /** A mistake about time. */
  readonly clock?: (real: Clock.Clock) => Partial<Clock.Clock>
}

const store = (change: (real: Store, database: Database) => Partial<Store>) => ({
  adapter: (ports: Ports, database: Database): Partial<Ports> => ({
    store: { ...ports.store, ...change(ports.store, database) }
  })
})

/** The store as a program uses it, in which a port is a proxy: its members are taken one by one. */
const calls = <S extends object>(real: S, change: Partial<S>): S =>
  new Proxy(real, {
    get: (target, name) => Reflect.get(Reflect.has(change, name) ? change : target, name)
  })

/** Changes the port as the programs call it. */
const programStore = (change: (real: Store) => Partial<Store>) => ({
  program: ({ store: real }: Ports): Partial<Ports> => ({ store: calls(real, change(real)) })
})

/** Changes what the programs say came of mails. */
const records = (change: (records: ReadonlyArray<MailRecord>) => ReadonlyArray<MailRecord>) =>
  programStore((real) => ({ recordMails: (told) => real.recordMails(change(told)) }))

const outcomes = (change: (outcome: MailOutcome) => MailOutcome) =>
  records((told) => told.map((record) => ({ ...record, outcome: change(record.outcome) })))

const kindOf = ({ status }: Order): MailKind => (isMailed(status) ? status : "confirmed")

/** Also what the claim did not win, as it is. */
const withUnclaimed = (real: Store, isWanted: (order: Order) => boolean): Store["claimMails"] =>
  Effect.fnUntraced(function* (request) {
    const claimed = yield* real.claimMails(request)
    const won = new Set(claimed.mails.map(({ order }) => order.id))
    const others = yield* Effect.forEach(
      request.orderIds.filter((id) => !won.has(id)),
      (id) => real.find(id)
    )
    const mails = others
      .flatMap(Option.toArray)
      .filter(isWanted)
      .map((order) => ({ order, kind: kindOf(order), request: 0, traceparent: "" }))
    return { ...claimed, mails: [...claimed.mails, ...mails] }
  })

/** Writes the orders of a call as `change` leaves them, before it is made. */
const rewriting = (
  database: Database,
  ids: ReadonlyArray<OrderId>,
  change: (record: OrderRecord) => OrderRecord
): void => {
  for (const id of ids) {
    const record = database.orders.get(id)
    if (record !== undefined) database.putOrder(change(record))
  }
}

const withDueAt = (record: OrderRecord, dueAt: Date): OrderRecord => ({
  ...record,
  work: Option.map(record.work, (work) => ({ ...work, dueAt }))
})

/** After the end of every run. */
const never = new Date(1e12)

/** A claim that finds what is not due, or not free, as if it were. */
const claimAnyway = (
  real: Store,
  database: Database,
  change: (record: OrderRecord, at: Date) => OrderRecord
): Partial<Store> => ({
  claimMails: (request) =>
    Effect.suspend(() => {
      rewriting(database, request.orderIds, (record) =>
        Option.exists(record.claim, ({ id }) => id === request.claimId)
          ? record
          : change(record, request.at)
      )
      return real.claimMails(request)
    })
})

/** Stock taken on a read that was true a moment before. */
const placeOnStaleRead = (real: Store, database: Database): Partial<Store> => ({
  place: (drafts) =>
    Effect.gen(function* () {
      const products = Array.from(database.products.values(), ({ product }) => product)
      yield* Effect.sleep(20)
      const known = Array.from(database.orders.values()).filter(({ order, idempotencyKey }) =>
        drafts.some(
          (draft) =>
            draft.id === order.id ||
            (Option.isSome(draft.idempotencyKey) &&
              Equal.equals(draft.idempotencyKey, idempotencyKey) &&
              draft.userId === order.userId)
        )
      )
      if (known.length > 0) return yield* real.place(drafts)
      const { placements, inserts, taken } = allocate(drafts, known, products)
      take(database, taken)
      for (const record of inserts) database.putOrder(record)
      return placements
    })
})

/** Takes stock without a look at what is there. */
const take = (
  { products }: Database,
  taken: ReadonlyArray<{ readonly sku: string; readonly quantity: number }>
): void => {
  for (const { sku, quantity } of taken) {
    const stored = products.get(sku)
    if (stored === undefined) continue
    const available = stored.product.available - quantity
    products.set(sku, { ...stored, product: { ...stored.product, available } })
  }
}

const plenty = 1_000_000

const placeWithoutGuard = (real: Store, database: Database): Partial<Store> => ({
  place: (drafts) =>
    Effect.suspend(() => {
      const unknown = drafts.every(
        ({ id, userId, idempotencyKey }) =>
          !database.orders.has(id) &&
          !Option.exists(idempotencyKey, (key) =>
            Option.isSome(database.findOrderByRequest(userId, key))
          )
      )
      if (!unknown) return real.place(drafts)
      const products = Array.from(database.products.values(), ({ product }) => ({
        ...product,
        available: plenty
      }))
      const { placements, inserts, taken } = allocate(drafts, [], products)
      take(database, taken)
      for (const record of inserts) database.putOrder(record)
      return Effect.succeed(placements)
    })
})

/** Last writer wins, as with a plain SET. */
const withoutFence = (): Partial<Ports> => {
  const entries = new Map<string, { readonly order: CachedOrder; readonly until: number }>()
  return {
    cache: {
      get: (id) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const entry = entries.get(id)
          return entry === undefined || entry.until <= now
            ? Option.none()
            : Option.some(entry.order)
        }),
      put: (orders) =>
        Effect.forEach(
          orders,
          (order) =>
            Effect.zipWith(drawLifeMillis(order), Clock.currentTimeMillis, (life, now) => {
              const { id, userId, version } = order
              const cached = { userId, version, json: encodeOrder(order) }
              entries.set(id, { order: cached, until: now + life })
            }),
          { discard: true }
        )
    }
  }
}

export const mutations: ReadonlyArray<Mutation> = [
  {
    name: "a message is deleted before its order is confirmed",
    program: ({ queue }) => ({
      queue: calls(queue, {
        receive: (options) =>
          Effect.tap(queue.receive(options), (deliveries) =>
            deliveries.length === 0
              ? Effect.void
              : Effect.ignore(queue.acknowledge(deliveries.map(({ receipt }) => receipt)))
          )
      })
    })
  },
  {
    name: "a confirm that failed counts as done",
    ...programStore((real) => ({
      confirm: (ids, at) =>
        Effect.catch(real.confirm(ids, at), () =>
          Effect.map(
            Effect.forEach(ids, (id) => real.find(id)),
            (found) => ({ count: 0, orders: found.flatMap(Option.toArray), unreadable: [] })
          )
        )
    }))
  },
  {
    name: "a confirm loses the mail that is due",
    ...store((real, database) => ({
      confirm: (ids, at) =>
        Effect.tap(real.confirm(ids, at), () =>
          Effect.sync(() =>
            rewriting(database, ids, (record) => ({ ...record, work: Option.none() }))
          )
        )
    }))
  },
  {
    name: "a due mail is in the memory of its confirmer alone",
    ...store((real, database) => ({
      confirm: (ids, at) =>
        Effect.tap(real.confirm(ids, at), () =>
          Effect.sync(() => rewriting(database, ids, (record) => withDueAt(record, never)))
        ),
      ...claimAnyway(real, database, (record, at) =>
        Option.exists(record.work, ({ dueAt }) => dueAt.getTime() === never.getTime())
          ? withDueAt(record, at)
          : record
      )
    }))
  },
  {
    name: "confirming waits for the rate of mails",
    program: ({ store: real }, _, rate) => ({
      store: calls(real, {
        confirm: (ids, at) =>
          Effect.gen(function* () {
            for (let left = ids.length; left > 0; ) {
              const { taken } = yield* rate.take(left)
              left -= taken
              if (left > 0) yield* Effect.sleep(100)
            }
            return yield* real.confirm(ids, at)
          })
      })
    })
  },
  {
    name: "a mail is sent without a claim",
    ...programStore((real) => ({
      claimMails: withUnclaimed(real, ({ status }) => status === "confirmed")
    }))
  },
  {
    name: "a notice is sent without a claim",
    ...store((real) => ({
      claimMails: withUnclaimed(real, ({ status }) => status === "cancelled")
    }))
  },
  {
    name: "two loops claim one mail",
    ...store((real, database) =>
      claimAnyway(real, database, (record, at) =>
        Option.isSome(record.claim) ? { ...withDueAt(record, at), claim: Option.none() } : record
      )
    )
  },
  {
    name: "a lease is not looked at before a send",
    clock: () => ({ monotonicTimeNanos: Effect.succeed(0n) })
  },
  {
    name: "a lease is taken over at its end by any clock",
    ...store((real, database) => ({
      findDueMails: (at, limit) => real.findDueMails(addSeconds(at, clockMarginSeconds), limit),
      ...claimAnyway(real, database, (record, at) =>
        Option.exists(record.claim, ({ leaseUntil }) => leaseUntil <= at)
          ? { ...withDueAt(record, at), claim: Option.none() }
          : record
      )
    }))
  },
  {
    name: "a message of an unknown order is deleted",
    ...programStore((real) => ({
      confirm: (ids, at) =>
        Effect.map(real.confirm(ids, at), (confirmed) => ({
          ...confirmed,
          orders: ids.map(
            (id) => confirmed.orders.find((order) => order.id === id) ?? ({ id } as never)
          )
        }))
    }))
  },
  {
    name: "an unreadable message is deleted",
    program: ({ queue }) => ({
      queue: calls(queue, {
        deadLetter: ({ receipt }) => Effect.asVoid(queue.acknowledge([receipt]))
      })
    })
  },
  { name: "stock is not checked", ...store(placeWithoutGuard) },
  { name: "stock is taken on a stale read", ...store(placeOnStaleRead) },
  {
    name: "a cancelled order keeps its stock",
    ...store((real, database) => ({
      change: (...args) =>
        Effect.tap(real.change(...args), (outcome) =>
          Effect.sync(() => {
            if (Option.isSome(outcome) && outcome.value.moved)
              take(database, outcome.value.order.items)
          })
        )
    }))
  },
  {
    name: "cancelling twice returns the stock twice",
    ...store((real, database) => ({
      change: (...args) =>
        Effect.tap(real.change(...args), (outcome) =>
          Effect.sync(() => {
            if (Option.isNone(outcome) || outcome.value.moved) return
            if (outcome.value.order.status !== "cancelled") return
            for (const { sku, quantity } of outcome.value.order.items)
              database.moveStock(sku, quantity)
          })
        )
    }))
  },
  {
    name: "a cancelled order is confirmed all the same",
    ...store((real, database) => ({
      confirm: (ids, at) =>
        Effect.suspend(() => {
          rewriting(database, ids, (record) => {
            const { order } = record
            if (order.status !== "cancelled") return record
            const { version } = order
            return {
              ...record,
              order: {
                ...order,
                status: "confirmed",
                confirmation: { state: "waiting" },
                version: version + 1
              },
              work: Option.some({ dueAt: at, resends: 0 })
            }
          })
          return real.confirm(ids, at)
        })
    }))
  },
  {
    name: "a cancel leaves a claimed mail to its sender",
    ...store((real, database) => ({
      change: (id, ...args) =>
        Effect.suspend(() => {
          const before = database.orders.get(id)?.order
          return Effect.tap(real.change(id, ...args), (outcome) =>
            Effect.sync(() => {
              const after = database.orders.get(id)
              if (Option.isNone(outcome) || !outcome.value.moved || after === undefined) return
              if (before?.confirmation.state !== "sending") return
              const { version } = after.order
              const { confirmation } = before
              const order = { ...after.order, confirmation, version: version + 1 }
              database.putOrder({ ...after, order })
            })
          )
        })
    }))
  },
  {
    name: "a cancel leaves it as it is when the order is due",
    ...store((_, database) => ({
      change: (id, command, at) =>
        Effect.sync(() => {
          const record = database.orders.get(id)
          if (record === undefined) return Option.none()
          const next = applyCommand(record, command, at)
          const { order: before } = record
          if (Option.isNone(next)) return Option.some({ order: before, before, moved: false })
          for (const { sku, quantity } of record.order.items) database.moveStock(sku, quantity)
          database.putOrder({ ...next.value, work: record.work })
          return Option.some({ order: next.value.order, before, moved: true })
        })
    }))
  },
  {
    name: "a change makes no mail due",
    ...store((real, database) => ({
      change: (id, ...args) =>
        Effect.tap(real.change(id, ...args), (outcome) =>
          Effect.sync(() => {
            if (!Option.exists(outcome, ({ moved }) => moved)) return
            rewriting(database, [id], ({ order: { notice: _, ...order }, ...record }) => ({
              ...record,
              order: { ...order, version: order.version + 1 },
              work: Option.none()
            }))
          })
        )
    }))
  },
  {
    name: "a notice says that its order is confirmed",
    ...programStore((real) => ({
      claimMails: (request) =>
        Effect.map(real.claimMails(request), ({ mails, ...claimed }) => ({
          ...claimed,
          mails: mails.map((mail) => ({ ...mail, kind: "confirmed" as const }))
        }))
    }))
  },
  {
    name: "a notice does not wait for a confirmation that is being sent",
    ...store((real, database) => ({
      change: (id, command, at, reason) =>
        Effect.tap(real.change(id, command, at, reason), (outcome) =>
          Effect.sync(() => {
            if (!Option.exists(outcome, ({ moved }) => moved)) return
            rewriting(database, [id], (record) => withDueAt(record, at))
          })
        )
    }))
  },
  {
    name: "what came of a confirmation counts for the notice",
    ...store((real, { orders }) => ({
      recordMails: (told) =>
        real.recordMails(
          told.map((record) => {
            const stored = orders.get(record.orderId)
            return stored?.order.notice === undefined
              ? record
              : { ...record, kind: kindOf(stored.order), request: stored.mailRequest }
          })
        )
    }))
  },
  {
    name: "the mail loop finds confirmations alone",
    program: ({ store: real }) => ({
      store: calls(real, {
        findDueMails: (at, limit) =>
          Effect.gen(function* () {
            const due = yield* real.findDueMails(at, limit)
            const found = yield* Effect.forEach(due, ({ orderId }) => real.find(orderId))
            return due.filter((_, i) =>
              Option.exists(found[i] ?? Option.none(), ({ status }) => status === "confirmed")
            )
          })
      })
    })
  },
  {
    name: "due mails are looked for once in a quarter of an hour",
    ...programStore((real) => ({
      findDueMails: (at, limit) =>
        at.getUTCMinutes() % 15 === 0 ? real.findDueMails(at, limit) : Effect.succeed([])
    }))
  },
  {
    name: "one mail a minute goes out, of all that the rate allows",
    rate: (shared) => {
      let next = 0
      return {
        ...shared,
        take: (max) =>
          Effect.flatMap(Clock.currentTimeMillis, (millis) => {
            if (max === 0 || millis < next) return Effect.succeed({ taken: 0, waitMillis: 1000 })
            next = millis + 60_000
            return shared.take(1)
          })
      }
    }
  },
  {
    name: "idempotency keys are ignored",
    ...store((real) => ({
      place: (drafts) =>
        real.place(drafts.map((draft) => ({ ...draft, idempotencyKey: Option.none() })))
    }))
  },
  {
    name: "a 201 is answered before the order is stored",
    ...store((real, database) => ({
      place: (drafts) =>
        Effect.gen(function* () {
          const fresh = drafts.every(
            ({ userId, idempotencyKey }) =>
              !Option.exists(idempotencyKey, (key) =>
                Option.isSome(database.findOrderByRequest(userId, key))
              )
          )
          if (!fresh) return yield* real.place(drafts)
          yield* Effect.forkDetach(Effect.delay(real.place(drafts), 1000))
          const products = Array.from(database.products.values(), ({ product }) => product)
          return allocate(drafts, [], products).placements
        })
    }))
  },
  { name: "the cache is not fenced", adapter: withoutFence },
  {
    name: "the worker never writes the cache",
    program: ({ cache }, kind) =>
      kind === "worker" ? { cache: calls(cache, { put: () => Effect.void }) } : {}
  },
  {
    name: "there is no watchdog",
    ...programStore(() => ({ takeOverdue: () => Effect.succeed([]) }))
  },
  {
    name: "the watchdog takes orders and confirms none",
    ...programStore((real) => ({
      takeOverdue: (at, limit) => Effect.as(real.takeOverdue(at, limit), [])
    }))
  },
  {
    name: "the mail loop never looks into the store",
    ...programStore(() => ({ findDueMails: () => Effect.succeed([]) }))
  },
  {
    name: "the watchdog does not move dueAt on",
    ...store((_, { orders }) => ({
      takeOverdue: (at, limit) =>
        Effect.sync(() =>
          Array.from(orders.values())
            .filter(
              ({ order, work }) =>
                order.status === "pending" && Option.exists(work, ({ dueAt }) => dueAt <= at)
            )
            .map(({ order }) => order.id)
            .slice(0, limit)
        )
    }))
  },
  {
    name: "a claim never runs out",
    ...store((real, { orders }) => ({
      claimMails: (request) =>
        real.claimMails({
          ...request,
          orderIds: request.orderIds.filter((id) => {
            const claim = orders.get(id)?.claim ?? Option.none()
            return Option.isNone(claim) || claim.value.id === request.claimId
          })
        })
    }))
  },
  {
    name: "a sent mail is recorded by the lease's holder only",
    ...store((real, { orders }) => ({
      recordMails: (records) =>
        real.recordMails(
          records.filter(
            ({ orderId, claimId, outcome }) =>
              outcome._tag !== "Sent" ||
              Option.exists(orders.get(orderId)?.claim ?? Option.none(), ({ id }) => id === claimId)
          )
        )
    }))
  },
  {
    name: "the record of an earlier request counts",
    ...store((real, { orders }) => ({
      recordMails: (told) =>
        real.recordMails(
          told.map((record) => ({
            ...record,
            request: orders.get(record.orderId)?.mailRequest ?? record.request
          }))
        )
    }))
  },
  {
    name: "the recorder forgets what it could not write",
    ...programStore((real) => ({
      recordMails: (told) => Effect.orElseSucceed(real.recordMails(told), () => [])
    }))
  },
  {
    name: "a mail that may have been sent is retried immediately",
    ...outcomes((outcome) => (outcome._tag === "Unknown" ? { _tag: "Released" } : outcome))
  },
  {
    name: "an outage counts as a failure of its mail",
    ...outcomes((outcome) =>
      outcome._tag === "Released" ? { _tag: "Failed", reason: "an outage" } : outcome
    )
  },
  {
    name: "a refused address is tried for ever",
    ...outcomes((outcome) => (outcome._tag === "Undeliverable" ? { _tag: "Released" } : outcome))
  },
  {
    name: "a claim that is given up is not released",
    ...records((told) => told.filter(({ outcome }) => outcome._tag !== "Released"))
  },
  {
    name: "each process has a rate of its own",
    rate: (_, maxPerSecond) => makeMemorySendRate({ maxPerSecond })
  },
  {
    name: "confirmations are claimed without tokens",
    rate: (shared) => ({ ...shared, take: (taken) => Effect.succeed({ taken, waitMillis: 0 }) })
  },
  {
    name: "codes go out past the rate",
    rate: (shared) => ({ ...shared, takeForCode: () => Effect.succeed(true) })
  }
]
