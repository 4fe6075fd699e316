// Deliberate mistakes, each as another implementation of a port: the simulation has to catch every one.
import { Clock, Effect, Equal, Option } from "effect"
import type { MemoryDatabase } from "../../src/layers/memory/MemoryDatabase.ts"
import type { OrderId } from "../../src/services/ids.ts"
import { allocate } from "../../src/services/orders/model/allocate.ts"
import { applyCommand } from "../../src/services/orders/model/changes.ts"
import type { ClaimOutcome } from "../../src/services/orders/model/mailClaims.ts"
import { encodeOrder } from "../../src/services/orders/model/Order.ts"
import { type CachedOrder, drawLifeMillis } from "../../src/services/orders/ports/OrderCache.ts"
import type { OrderStore } from "../../src/services/orders/ports/OrderStore.ts"
import type { Ports } from "./ports.ts"

type Store = OrderStore["Service"]
type Database = MemoryDatabase["Service"]

export interface Mutation {
  readonly name: string
  /** A mistake of a dependency's adapter, shared by all processes. */
  readonly adapter?: (ports: Ports, database: Database) => Partial<Ports>
  /** A mistake of the programs: what they would call instead. */
  readonly program?: (ports: Ports, kind: "api" | "worker") => Partial<Ports>
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

/** Changes what a claim answers. */
const claims = (
  change: (id: OrderId, outcome: ClaimOutcome, real: Store) => Effect.Effect<ClaimOutcome>
) => ({
  program: ({ store: real }: Ports): Partial<Ports> => ({
    store: calls(real, {
      claim: (request) =>
        Effect.flatMap(real.claim(request), (outcomes) =>
          Effect.map(
            Effect.forEach(outcomes, ([id, outcome]) =>
              Effect.map(change(id, outcome, real), (changed) => [id, changed] as const)
            ),
            (entries) => new Map(entries)
          )
        )
    })
  })
})

const as = (outcome: ClaimOutcome) => Effect.succeed(outcome)

/** What a claim answers as if the order's mail were this worker's to send. */
const claimedAnyway = (id: OrderId, outcome: ClaimOutcome, real: Store) =>
  outcome._tag === "Held"
    ? Effect.map(Effect.orElseSucceed(real.find(id), Option.none), (found) =>
        Option.match(found, {
          onNone: () => outcome,
          onSome: (order): ClaimOutcome => ({ _tag: "Claimed", order })
        })
      )
    : as(outcome)

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

/** Takes stock whatever is there. */
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
    name: "the message is deleted before the mail is sent",
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
  { name: "a mail is sent without a claim", ...claims(claimedAnyway) },
  {
    name: "a message whose order another worker holds is deleted",
    ...claims((id, outcome, real) =>
      outcome._tag === "Held"
        ? Effect.map(claimedAnyway(id, outcome, real), (changed) =>
            changed._tag === "Claimed" ? { ...changed, _tag: "Settled" as const } : changed
          )
        : as(outcome)
    )
  },
  {
    name: "a message of an unknown order is deleted",
    program: ({ store: real }) => ({
      store: calls(real, {
        claim: (request) =>
          Effect.map(
            real.claim(request),
            (outcomes) =>
              new Map(
                Array.from(outcomes, ([id, outcome]) => [
                  id,
                  outcome._tag === "Missing"
                    ? { _tag: "Settled" as const, order: { id } as never }
                    : outcome
                ])
              )
          )
      })
    })
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
      claim: (request) =>
        Effect.suspend(() => {
          for (const id of request.orderIds) {
            const record = database.orders.get(id)
            if (record?.order.status !== "cancelled" || Option.isSome(record.claim)) continue
            const { order } = record
            const at = request.at
            database.putOrder({
              ...record,
              order: {
                ...order,
                status: "confirmed",
                confirmation: { state: "sending", at },
                version: order.version + 1
              },
              work: Option.some({ dueAt: request.leaseUntil, resends: 0 }),
              claim: Option.some({ id: request.claimId, leaseUntil: request.leaseUntil })
            })
          }
          return real.claim(request)
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
    name: "a cancelled order goes on being watched",
    ...store((_, database) => ({
      change: (id, command, at) =>
        Effect.sync(() => {
          const record = database.orders.get(id)
          if (record === undefined) return Option.none()
          const next = applyCommand(record, command, at)
          if (Option.isNone(next)) return Option.some({ order: record.order, moved: false })
          for (const { sku, quantity } of record.order.items) database.moveStock(sku, quantity)
          database.putOrder({ ...next.value, work: record.work })
          return Option.some({ order: next.value.order, moved: true })
        })
    }))
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
    program: ({ store: real }) => ({
      store: calls(real, { takeOverdue: () => Effect.succeed([]) })
    })
  },
  {
    name: "the watchdog does not move dueAt on",
    ...store((_, { orders }) => ({
      takeOverdue: (at, limit) =>
        Effect.sync(() =>
          Array.from(orders.values())
            .filter(({ work }) => Option.exists(work, ({ dueAt }) => dueAt <= at))
            .map(({ order }) => order.id)
            .slice(0, limit)
        )
    }))
  },
  {
    name: "a claim never runs out",
    ...store((real, { orders }) => ({
      claim: (request) =>
        Effect.map(
          real.claim({
            ...request,
            orderIds: request.orderIds.filter((id) => {
              const claim = orders.get(id)?.claim ?? Option.none()
              return Option.isNone(claim) || claim.value.id === request.claimId
            })
          }),
          (outcomes) =>
            new Map(
              request.orderIds.map((id) => [
                id,
                outcomes.get(id) ?? { _tag: "Held" as const, until: request.leaseUntil }
              ])
            )
        )
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
    name: "a mail whose record failed counts as recorded",
    program: ({ store: real }) => ({
      store: calls(real, {
        recordMails: (records) => Effect.orElseSucceed(real.recordMails(records), () => [])
      })
    })
  },
  {
    name: "a claim that was lost counts as held",
    program: ({ store: real }) => ({
      store: calls(real, {
        renewClaims: (request) => Effect.as(real.renewClaims(request), request.orderIds)
      })
    })
  },
  {
    name: "a claim that is given up is not released",
    program: ({ store: real }) => ({
      store: calls(real, {
        recordMails: (records) =>
          real.recordMails(records.filter(({ outcome }) => outcome._tag !== "Released"))
      })
    })
  }
]
