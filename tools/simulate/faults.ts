// What goes wrong between a process and its dependencies, at every call of every port: it fails before
// or after it happened, happens in part, is slow, hangs, or its process dies or stands still.
import { Clock, Effect, Fiber } from "effect"
import type { Mail } from "../../src/services/messaging/Mailer.ts"
import type { MailRecord } from "../../src/services/orders/model/mailClaims.ts"
import type { Delivery } from "../../src/services/orders/ports/OrderQueue.ts"
import { type AnyEffect, type Call, wrapPort } from "../../src/testing/wrapPort.ts"
import { leaseSeconds } from "../../src/worker/MailLoop.ts"
import type { SeededRandom } from "../harness/random.ts"
import type { Broker } from "./Broker.ts"
import { describeCall, describeResult } from "./describe.ts"
import type { Ledger } from "./ledger.ts"
import type { Claim, MailedOrder, Send } from "./mailLedger.ts"
import { type FaultKind, faultKinds, type Outage, type Plan, type PortName } from "./plan.ts"
import { deadlines, failureOf, type Ports } from "./ports.ts"
import { kill, pause, type SimProcess, sendingKey } from "./SimProcess.ts"
import type { Trace } from "./trace.ts"

export interface FaultContext {
  readonly plan: Plan
  readonly random: SeededRandom
  readonly ledger: Ledger
  readonly trace: Trace
  readonly broker: Broker
  readonly now: () => number
  /** True time, which dependencies use; their callers' clocks may be wrong. */
  readonly clock: Clock.Clock
  readonly faultsOn: () => boolean
}

type Fault = FaultKind | "refused" | "hangs" | "none"

const texts: { readonly [K in Exclude<Fault, "none">]: string } = {
  refused: "fails: an outage",
  hangs: "hangs: an outage",
  before: "fails, nothing happened",
  after: "happened, its answer is lost",
  partial: "fails, and happened in part",
  slow: "is slow",
  diesBefore: "dies of a defect, nothing happened",
  diesAfter: "happened, and dies of a defect",
  stalls: "happened, and the process stands still",
  crashBefore: "the process is killed, nothing happened",
  crashAfter: "happened, and the process is killed"
}

/** Calls that are not one transaction. */
const isPartible = (port: PortName, method: string): boolean =>
  port !== "store" || ["confirm", "claimMails", "recordMails"].includes(method)

/** A part of what a call asks for; undefined: it can't be parted. */
const partOf = (
  port: PortName,
  call: Call,
  random: SeededRandom
): ReadonlyArray<unknown> | undefined => {
  if (!isPartible(port, call.method)) return undefined
  const [first, ...rest] = call.args
  const some = (list: ReadonlyArray<unknown>) => random.shuffle(list).slice(0, list.length - 1)
  if (Array.isArray(first)) return first.length > 1 ? [some(first), ...rest] : undefined
  if (typeof first !== "object" || first === null || !("orderIds" in first)) return undefined
  const { orderIds } = first
  return Array.isArray(orderIds) && orderIds.length > 1
    ? [{ ...first, orderIds: some(orderIds) }, ...rest]
    : undefined
}

/** A poll whose server does not notice that its client is gone: it takes messages for no one. */
const outliving = (poll: AnyEffect): AnyEffect =>
  Effect.flatMap(Effect.forkDetach(poll), (fiber) => Fiber.join(fiber))

/** A call and what goes wrong with it, in the order of its steps. */
interface Meeting {
  readonly go: AnyEffect
  readonly happen: AnyEffect
  readonly answered: (result: unknown, send: Send | undefined) => void
  readonly comeBack: AnyEffect
}

const outlivingShare = 0.1
const longestStallMillis = 90_000

/** The ports of a process, over those of the world. */
export const withFaults = (ports: Ports, process: SimProcess, context: FaultContext): Ports => {
  const { plan, random, ledger, trace, broker, now, faultsOn, clock } = context
  const { name } = process

  const outageOf = (port: PortName): Outage | undefined => {
    const at = now()
    return plan.outages.find(
      ({ ports: away, from, to }) => away.includes(port) && at >= from && at < to
    )
  }

  const draw = (port: PortName): Fault => {
    if (!faultsOn()) return "none"
    const outage = outageOf(port)
    if (outage !== undefined && port === "mailer" && process.kind === "worker")
      ledger.mails.metOutage(name, outage.from)
    if (outage !== undefined) return outage.blackHole ? "hangs" : "refused"
    let left = random.nextDoubleUnsafe()
    for (const kind of faultKinds) {
      left -= plan.rates[port][kind]
      if (left < 0) return kind
    }
    return "none"
  }

  /** Nothing goes on in a process that is dead or stands still. */
  const alive: Effect.Effect<void> = Effect.suspend(() => {
    if (process.dead) return Effect.never
    const rest = process.pausedUntil - now()
    return rest > 0 ? Effect.andThen(Effect.sleep(rest), alive) : Effect.void
  })

  const truly = Effect.provideService(Clock.Clock, clock)

  const wait = (millis: number): Effect.Effect<void> =>
    millis > 0 ? Effect.andThen(Effect.sleep(millis), alive) : alive

  const crash = Effect.suspend(() => {
    ledger.count("crashes at a call")
    return Effect.andThen(kill(process, ledger), Effect.never)
  })

  /** The recorder writes records and flags in one piece, and tries both again. */
  const blameRecorder = ({ method, args: [first] }: Call, died: boolean): void => {
    if (method === "recordMails" && died) {
      const ids = (first as ReadonlyArray<MailRecord>).map(({ orderId }) => orderId)
      ledger.mails.recordDied(name, ids)
    } else if (method === "recordMails" || method === "flagAttention")
      ledger.mails.recordFailed(name)
  }

  /** Readers may find old states. */
  const blameCache = ({ method, args: [first] }: Call): void => {
    if (method === "get") ledger.cacheTrouble(first as string)
    if (method === "put")
      for (const { id } of first as ReadonlyArray<{ readonly id: string }>) ledger.cacheTrouble(id)
  }

  /** What a failure means for what it may leave behind. */
  const blame = (port: PortName, call: Call, died: boolean): void => {
    if (port === "store") {
      process.storeTroubled = true
      blameRecorder(call, died)
    }
    if (port === "queue") process.queueTroubled = true
    if (port === "cache") blameCache(call)
  }

  /** Which deliveries the process has: those that it received and neither ended nor hid or gave back. */
  const keepDeliveries = ({ method, args: [first] }: Call, result: unknown): void => {
    const { deliveries } = process
    switch (method) {
      case "receive": {
        const { visibilitySeconds } = first as { readonly visibilitySeconds: number }
        for (const { receipt } of result as ReadonlyArray<Delivery>)
          deliveries.set(receipt, now() + visibilitySeconds * 1000)
        return
      }
      case "acknowledge":
        for (const receipt of first as ReadonlyArray<string>) deliveries.delete(receipt)
        return
      case "changeVisibility":
        for (const { receipt } of first as ReadonlyArray<Delivery>) deliveries.delete(receipt)
        return
      case "deadLetter":
        deliveries.delete((first as Delivery).receipt)
    }
  }

  const around = (port: PortName) => {
    const most = deadlines[port]
    /** Most calls are short; half of them take no time, so that calls also follow each other without a gap. */
    const latency = () => (random.chance(0.5) ? random.int(0, Math.min(plan.latency, most / 3)) : 0)

    const fail = (call: Call, lost: boolean) =>
      Effect.suspend(() => {
        blame(port, call, false)
        const mailed =
          port === "mailer" && lost ? ledger.orderOfMail(call.args[0] as Mail) : undefined
        if (mailed !== undefined) ledger.mails.isUnknown(mailed, name)
        return Effect.andThen(
          wait(latency()),
          Effect.fail(failureOf[port](call.method, random, lost))
        )
      })

    const die = (call: Call) =>
      Effect.suspend(() => {
        blame(port, call, true)
        return Effect.die(new Error("injected"))
      })

    /** What goes wrong on the way there. */
    const going: { readonly [K in Fault]?: (call: Call) => AnyEffect } = {
      refused: (call) => fail(call, false),
      before: (call) => fail(call, false),
      hangs: (call) => Effect.andThen(wait(most), fail(call, true)),
      diesBefore: die,
      crashBefore: () => crash,
      slow: () => wait(random.int(0, most * 0.9))
    }

    /** What goes wrong on the way back. */
    const returning: { readonly [K in Fault]?: (call: Call) => AnyEffect } = {
      after: (call) => fail(call, true),
      partial: (call) => fail(call, true),
      diesAfter: die,
      crashAfter: () => crash,
      stalls: () => {
        const longest = random.pick([leaseSeconds * 1000, longestStallMillis])
        pause(process, ledger, now() + random.int(1000, longest))
        return alive
      }
    }

    const travel = () => wait(latency())

    /** Undefined for a code. */
    const beginSend = (
      mailed: MailedOrder | undefined,
      claim: Claim | undefined,
      enteredAt: number
    ): Send | undefined => {
      if (mailed === undefined) return undefined
      // It stood still between its last look at the clock and now.
      const send = ledger.mails.sendBegins(mailed, name, claim, now() - enteredAt > most)
      process.sending.set(sendingKey(mailed), send)
      return send
    }

    const meet = (call: Call): Meeting => {
      const drawn = draw(port)
      const part = drawn === "partial" ? partOf(port, call, random) : undefined
      const fault = drawn === "partial" && part === undefined ? "none" : drawn
      const what = describeCall(port, call, ledger, broker)
      if (fault !== "none") {
        ledger.count(`fault ${port} ${fault}`)
        trace.add(name, `${what} ✗ ${texts[fault]}`)
      }
      const outlives = call.method === "receive" && faultsOn() && random.chance(outlivingShare)
      const effect = outlives ? outliving(call.run()) : call.run(part)
      return {
        go: (going[fault] ?? travel)(call),
        happen: truly(effect),
        answered: (result, send) => {
          if (fault === "none" || fault === "slow")
            trace.add(name, what + describeResult(call.method, result))
          else if (send !== undefined) send.disturbed = true
        },
        comeBack: Effect.suspend(() => (returning[fault] ?? travel)(call))
      }
    }

    const perform = Effect.fnUntraced(function* (call: Call) {
      const enteredAt = now()
      const mailed = port === "mailer" ? ledger.orderOfMail(call.args[0] as Mail) : undefined
      const claim = mailed === undefined ? undefined : ledger.mails.claimOf(mailed, name)
      if (port === "mailer") ledger.mails.usesToken(name)
      yield* alive
      const { go, happen, answered, comeBack } = meet(call)
      yield* go
      const send = port === "mailer" ? beginSend(mailed, claim, enteredAt) : undefined
      const result = yield* happen
      answered(result, send)
      yield* comeBack
      if (port === "queue") keepDeliveries(call, result)
      return result
    })

    return (call: Call): AnyEffect =>
      port === "cache" && call.method === "put"
        ? // A writer that stops before it wrote leaves the cache behind.
          Effect.onInterrupt(perform(call), () => Effect.sync(() => blame(port, call, false)))
        : perform(call)
  }

  return {
    store: wrapPort(ports.store, around("store")),
    accounts: wrapPort(ports.accounts, around("accounts")),
    queue: wrapPort(ports.queue, around("queue")),
    cache: wrapPort(ports.cache, around("cache")),
    mailer: wrapPort(ports.mailer, around("mailer"))
  }
}
