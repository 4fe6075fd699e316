// The simulated system: embedded dependencies that outlive everything, and slots in which API and worker
// processes run, die and start again.
import {
  Clock,
  Context,
  Deferred,
  Effect,
  Exit,
  Fiber,
  Latch,
  Layer,
  Option,
  Random,
  Scope
} from "effect"
import * as MemoryAccountStore from "../../src/layers/memory/MemoryAccountStore.ts"
import * as MemoryAuditLog from "../../src/layers/memory/MemoryAuditLog.ts"
import * as MemoryDatabaseLayer from "../../src/layers/memory/MemoryDatabase.ts"
import * as MemoryMailbox from "../../src/layers/memory/MemoryMailbox.ts"
import * as MemoryOrderCache from "../../src/layers/memory/MemoryOrderCache.ts"
import * as MemoryOrderQueue from "../../src/layers/memory/MemoryOrderQueue.ts"
import * as MemoryOrderStore from "../../src/layers/memory/MemoryOrderStore.ts"
import * as MemoryProductStore from "../../src/layers/memory/MemoryProductStore.ts"
import * as MemoryRateLimiter from "../../src/layers/memory/MemoryRateLimiter.ts"
import { makeMemorySendRate } from "../../src/layers/memory/MemorySendRate.ts"
import * as FiberBackground from "../../src/layers/runtime/FiberBackground.ts"
import * as GroupCommitBatcher from "../../src/layers/runtime/GroupCommitBatcher.ts"
import { layer as readinessLayer } from "../../src/layers/runtime/TimedReadiness.ts"
import { PasswordHash } from "../../src/services/accounts/model/Account.ts"
import { AccountStore } from "../../src/services/accounts/ports/AccountStore.ts"
import type { AuditLog } from "../../src/services/audit/AuditLog.ts"
import { OrderId, UserId } from "../../src/services/ids.ts"
import { type Mailer, MailerError } from "../../src/services/messaging/Mailer.ts"
import { SendRate } from "../../src/services/messaging/SendRate.ts"
import type { OrderBatcher } from "../../src/services/orders/ports/OrderBatcher.ts"
import { isBalanced } from "../../src/services/products/model/StockAudit.ts"
import { ProductStore } from "../../src/services/products/ports/ProductStore.ts"
import type { Background } from "../../src/services/runtime/Background.ts"
import { IdGenerator } from "../../src/services/runtime/IdGenerator.ts"
import { RateLimiter } from "../../src/services/runtime/RateLimiter.ts"
import { worker } from "../../src/worker/Worker.ts"
import type { SeededRandom } from "../harness/random.ts"
import { type Broker, makeBroker } from "./Broker.ts"
import { withFaults } from "./faults.ts"
import { type Ledger, makeLedger } from "./ledger.ts"
import type { Mutation } from "./mutations.ts"
import { observe } from "./observe.ts"
import { type Plan, users } from "./plan.ts"
import { contextOf, type PortServices, type Ports, portsOf } from "./ports.ts"
import { type ConnectionLost, kill, makeProcess, request, type SimProcess } from "./SimProcess.ts"
import type { Trace } from "./trace.ts"

const { MemoryDatabase } = MemoryDatabaseLayer

export type ApiServices =
  | PortServices
  | OrderBatcher
  | SendRate
  | RateLimiter
  | IdGenerator
  | AuditLog
  | Background

export interface Api {
  readonly process: SimProcess
  readonly request: <A, E>(
    effect: Effect.Effect<A, E, ApiServices>
  ) => Effect.Effect<A, E | ConnectionLost>
}

export interface Slot {
  readonly kind: "api" | "worker"
  readonly name: string
  /** How far its host's clock is ahead, in milliseconds. */
  readonly offset: number
  /** Undefined while it is down. */
  process: SimProcess | undefined
  api: Api | undefined
}

export interface System {
  readonly ledger: Ledger
  readonly broker: Broker
  readonly database: MemoryDatabaseLayer.MemoryDatabase["Service"]
  readonly deadLetters: Effect.Effect<ReadonlyArray<MemoryOrderQueue.DeadMessage>>
  /** Opens for a moment at each write of an order. */
  readonly written: Latch.Latch
  readonly slots: ReadonlyArray<Slot>
  /** The time that hosts believe it is, but for their offsets. */
  readonly hostTime: () => number
  readonly stop: (slot: Slot) => Effect.Effect<void>
  readonly jump: (millis: number) => void
}

/** What a stock of everything is for that no fault may spoil: the orders after the faults. */
export const spareSku = "spare"
const spareStock = 1000

const maxRestartMillis = 20_000
/** What a host grants a process that it stops, beyond its own drain. */
const killAfterMillis = 30_000

const world = Layer.mergeAll(
  Layer.provideMerge(
    Layer.merge(MemoryOrderStore.layer, MemoryProductStore.layer),
    MemoryDatabaseLayer.layer
  ),
  MemoryOrderQueue.layer(),
  MemoryOrderCache.layer(),
  MemoryAccountStore.layer,
  MemoryMailbox.layer
)

const timeDigits = 12

/** With digits from the seed. Those of one millisecond are in any order, as from several processes. */
const idGenerator = (random: SeededRandom) => {
  const digits = (count: number) =>
    Array.from({ length: count }, () => random.int(0, 15).toString(16)).join("")
  return IdGenerator.of({
    next: Effect.map(
      Clock.currentTimeMillis,
      (millis) => Math.floor(millis).toString(16).padStart(timeDigits, "0") + digits(20)
    ),
    unguessable: Effect.sync(() => digits(32))
  })
}

/** Refuses the address of one user for good. */
const withRefusals = (mailer: Mailer["Service"]): Mailer["Service"] => ({
  ...mailer,
  send: (mail) =>
    mail.to.startsWith("refused@")
      ? new MailerError({ reason: "rejected", mayBeSent: false, cause: "no such mailbox" })
      : mailer.send(mail)
})

export const makeSystem = Effect.fnUntraced(function* (
  plan: Plan,
  random: SeededRandom,
  trace: Trace,
  mutation: Mutation | undefined
) {
  const clock = yield* Clock.Clock
  const scope = yield* Scope.Scope
  const now = () => clock.currentTimeMillisUnsafe()
  const faultsOn = () => now() < plan.faultsEndAt
  const raw = yield* Layer.build(Layer.fresh(world))
  const database = Context.get(raw, MemoryDatabase)
  const ledger = makeLedger(now, trace, plan, () => database.orders)

  const products = Context.get(raw, ProductStore)
  const checkBooks = () => {
    for (const line of Effect.runSync(products.audit))
      if (!isBalanced(line))
        ledger.violate(
          "stock agrees with its books",
          `${line.sku}: ${line.available} available, ${line.moved} moved, ${line.reserved} reserved`
        )
  }

  const written = yield* Latch.make()
  const putOrder = database.putOrder
  const observed = {
    ...database,
    putOrder: (record: Parameters<typeof putOrder>[0]) => {
      ledger.stored(database.orders.get(record.order.id), record)
      putOrder(record)
      Latch.openUnsafe(written)
      Latch.closeUnsafe(written)
    }
  }
  const stores = yield* Layer.build(
    Layer.fresh(MemoryOrderStore.layer).pipe(Layer.provide(Layer.succeed(MemoryDatabase, observed)))
  )
  const intact = portsOf(Context.merge(raw, stores))
  const adapters: Ports = {
    ...intact,
    mailer: withRefusals(intact.mailer)
  }
  const mutated: Ports = { ...adapters, ...mutation?.adapter?.(adapters, observed) }

  const broker = makeBroker(mutated.queue, plan, random.fork(), scope, {
    faultsOn,
    deleted: ({ serial, orderId }) => {
      const record = database.orders.get(OrderId.make(orderId))
      // That an unsettled mail is due, each write of an order is checked for.
      if (record !== undefined && record.order.status !== "pending") return
      ledger.violate(
        "deleted only once confirmed",
        `m${serial} of ${orderId === "" ? "no order" : ledger.name(orderId)}`
      )
    }
  })

  yield* Effect.forEach(Object.entries({ ...plan.stock, [spareSku]: spareStock }), ([sku, stock]) =>
    Effect.andThen(
      products.put({ sku, name: sku, unitPrice: 1250, currency: "EUR" }, new Date(now())),
      products.adjust({
        sku,
        delta: stock,
        reason: "delivery",
        actorId: UserId.make("admin"),
        idempotencyKey: Option.none(),
        at: new Date(now())
      })
    )
  )
  const accounts = Context.get(raw, AccountStore)
  yield* Effect.forEach(
    users.filter((id) => id !== "gone"),
    (id) =>
      accounts.create({
        user: {
          id: UserId.make(id),
          email: `${id}@example.com`,
          name: Option.none(),
          phone: Option.none(),
          role: "user",
          locale: "en",
          createdAt: new Date(0)
        },
        passwordHash: PasswordHash.make(""),
        passwordVersion: 0,
        codeFailures: 0,
        phoneRemovals: 0,
        disabled: Option.none()
      })
  )

  let skew = 0
  const hostMillis = ({ offset }: Slot) => now() + offset + skew
  /** The clock of a host, which is off and may jump; what waits on it, or measures, does not. */
  const hostClock = (slot: Slot): Clock.Clock => {
    const real: Clock.Clock = {
      ...clock,
      currentTimeMillisUnsafe: () => hostMillis(slot),
      currentTimeMillis: Effect.sync(() => hostMillis(slot))
    }
    return { ...real, ...mutation?.clock?.(real) }
  }

  const sendRate = makeMemorySendRate({ maxPerSecond: plan.mailsPerSecond })
  /** The bucket of all processes, on its server's clock. */
  const sharedRate = (slot: Slot, process: SimProcess): SendRate["Service"] => {
    const truly = Effect.provideService(Clock.Clock, clock)
    const rate = mutation?.rate?.(sendRate, plan.mailsPerSecond) ?? sendRate
    const took = (taken: number) => Effect.sync(() => ledger.mails.tokensTaken(process.name, taken))
    return {
      take: (max) => truly(Effect.tap(rate.take(max), ({ taken }) => took(taken))),
      takeForCode: (until) =>
        truly(
          Effect.tap(
            rate.takeForCode(new Date(until.getTime() - hostMillis(slot) + now())),
            (taken) => took(taken ? 1 : 0)
          )
        ),
      throttled: truly(rate.throttled),
      current: truly(rate.current)
    }
  }

  const shared: Ports = { ...mutated, queue: broker.queue }
  /** Dependencies use true time; their callers' clocks may be wrong. */
  const faultRandom = random.fork()
  const chance = random.fork()
  const ids = random.fork()

  const servicesOf = (slot: Slot, process: SimProcess) => {
    const observing = observe(shared, process, ledger, checkBooks, database.orders)
    const faulty = withFaults(observing, process, {
      plan,
      random: faultRandom,
      ledger,
      trace,
      broker,
      now,
      faultsOn,
      clock
    })
    const rate = sharedRate(slot, process)
    const ports: Ports = { ...faulty, ...mutation?.program?.(faulty, process.kind, rate) }
    return contextOf(ports).pipe(
      Context.add(IdGenerator, idGenerator(ids)),
      Context.add(SendRate, rate),
      Context.add(RateLimiter, MemoryRateLimiter.makeMemoryRateLimiter({ factor: 1000 })),
      Context.add(Clock.Clock, hostClock(slot)),
      Context.add(Random.Random, chance)
    )
  }

  const build = <A, E, R>(layer: Layer.Layer<A, E, R>, process: SimProcess) =>
    Layer.buildWithScope(Layer.fresh(layer), process.scope)

  const start = Effect.fnUntraced(function* (slot: Slot, name: string) {
    const process = makeProcess(name, slot.kind)
    const services = servicesOf(slot, process)
    trace.add(process.name, "starts")
    if (slot.kind === "api") {
      const layer = GroupCommitBatcher.layer.pipe(
        Layer.provideMerge(FiberBackground.layer({ shutdownSeconds: 15 })),
        Layer.provideMerge(MemoryAuditLog.layer()),
        Layer.provideMerge(Layer.succeedContext(services))
      )
      const context = yield* Effect.provideContext(build(layer, process), services)
      slot.api = { process, request: (effect) => request(process, context, effect) }
    } else {
      const layer = worker(plan.worker).pipe(
        Layer.provide(readinessLayer(Effect.succeed([]))),
        Layer.provide(Layer.succeedContext(services))
      )
      yield* Effect.provideContext(build(layer, process), services)
    }
    slot.process = process
    return process
  })

  const restarts = random.fork()
  const supervise = Effect.fnUntraced(function* (slot: Slot) {
    for (let life = 1; ; life++) {
      const process = yield* start(slot, `${slot.name}.${life}`)
      yield* Deferred.await(process.gone)
      slot.process = undefined
      slot.api = undefined
      yield* Effect.sleep(restarts.int(0, maxRestartMillis))
    }
  })

  const slots = [
    ...Array.from({ length: plan.apis }, (_, i) => ({
      kind: "api" as const,
      name: `api-${i + 1}`
    })),
    ...Array.from({ length: plan.workers }, (_, i) => ({
      kind: "worker" as const,
      name: `worker-${i + 1}`
    }))
  ].map(
    (slot, i): Slot => ({
      ...slot,
      offset: plan.clockOffsets[i] ?? 0,
      process: undefined,
      api: undefined
    })
  )
  for (const slot of slots) yield* Effect.forkIn(supervise(slot), scope)

  /** What a process leaves that stopped in time and untroubled. */
  const checkHandedBack = (slot: Slot, process: SimProcess): void => {
    const { name, storeTroubled, queueTroubled, deliveries } = process
    if (!storeTroubled) ledger.mails.handedBack(name, database.orders, hostMillis(slot))
    if (queueTroubled) return
    for (const [receipt, hiddenUntil] of deliveries) {
      const { serial = 0 } = broker.messageOf(receipt) ?? {}
      if (hiddenUntil > now() && broker.outstanding.has(serial))
        ledger.violate("messages are handed back", `${name} stopped, and m${serial} stays hidden`)
    }
  }

  /** As SIGTERM, with SIGKILL for what does not end in time. */
  const stop = Effect.fnUntraced(function* (slot: Slot) {
    const { process } = slot
    if (process === undefined || process.closing) return
    trace.add(process.name, "is asked to stop")
    process.closing = true
    const quiet = Effect.gen(function* () {
      while (process.connections.size > 0) yield* Effect.sleep(50)
      yield* Scope.close(process.scope, Exit.void)
    })
    const begun = now()
    const ending = yield* Effect.forkIn(quiet, scope)
    yield* Effect.timeoutOption(Fiber.await(ending), killAfterMillis)
    if (process.dead) return
    const inTime = now() - begun < plan.worker.drainSeconds * 1000
    if (inTime && !process.troubled) checkHandedBack(slot, process)
    trace.add(process.name, "has stopped")
    yield* kill(process, ledger)
  })

  return {
    ledger,
    broker,
    database,
    deadLetters: Context.get(raw, MemoryOrderQueue.MemoryDeadLetters).list,
    written,
    slots,
    hostTime: () => now() + skew,
    stop,
    jump: (millis) => {
      skew = Math.max(0, skew + millis)
      ledger.mails.jumped()
      for (const { process } of slots) if (process !== undefined) process.troubled = true
    }
  } satisfies System
})
