// What a seed stands for: the system's size, the load on it, and what goes wrong when. Each seed enables
// its own few kinds of faults, some rare and some frequent: faults that are all there all the time hide
// each other.
import type { OrderLine } from "../../src/services/orders/model/allocate.ts"
import type { ChangeCommand } from "../../src/services/orders/model/OrderStatus.ts"
import type { WorkerOptions } from "../../src/worker/Worker.ts"
import { makeRandom, type SeededRandom } from "../harness/random.ts"

export const portNames = ["store", "accounts", "queue", "cache", "mailer"] as const
export type PortName = (typeof portNames)[number]

/** What may go wrong with a call; `report.ts` and the trace say what each means. */
export const faultKinds = [
  "before",
  "after",
  "partial",
  "slow",
  "diesBefore",
  "diesAfter",
  "stalls",
  "crashBefore",
  "crashAfter"
] as const
export type FaultKind = (typeof faultKinds)[number]

/** Probabilities per call. */
export type Rates = { readonly [K in FaultKind]: number }

export interface Outage {
  readonly ports: ReadonlyArray<PortName>
  readonly from: number
  readonly to: number
  /** Calls hang until their deadline instead of failing immediately. */
  readonly blackHole: boolean
}

/** `at` in virtual milliseconds. */
export type Incident =
  | { readonly at: number; readonly _tag: "Kill"; readonly process: number }
  | { readonly at: number; readonly _tag: "Stop"; readonly process: number }
  | {
      readonly at: number
      readonly _tag: "Pause"
      readonly process: number
      readonly millis: number
    }
  | { readonly at: number; readonly _tag: "Jump"; readonly millis: number }
  | { readonly at: number; readonly _tag: "Purge" }
  | { readonly at: number; readonly _tag: "Poison"; readonly body: string }
  /** A message of an order that does not exist. */
  | { readonly at: number; readonly _tag: "Stray"; readonly orderId: string }

export interface Purchase {
  readonly at: number
  readonly user: number
  readonly lines: ReadonlyArray<OrderLine>
  readonly key: string | null
  /** A second request with the same key goes out at the same time. */
  readonly twin: boolean
  /** The buyer hangs up after so long, and tries again. */
  readonly patience: number
  /** Looks at the order again and again from the answer on. */
  readonly follows: boolean
  /** Cancels so long after the answer; null: does not. */
  readonly cancelAfter: number | null
  /** How often an operator has its mail sent once more. */
  readonly resends: number
  /**
   * What the shop's staff decides about it, and how long after the answer, or just when its confirmation is being sent;
   * null: nothing.
   */
  readonly decision: {
    readonly command: ChangeCommand
    readonly after: number | "sending"
  } | null
}

/** A person asks for a code by mail. */
export interface CodeRequest {
  readonly at: number
  readonly user: number
}

export interface Plan {
  readonly seed: number
  readonly apis: number
  readonly workers: number
  readonly worker: WorkerOptions
  /** Over all processes, confirmations and codes together. */
  readonly mailsPerSecond: number
  /** How far the clock of each process's host is ahead of the true time, in milliseconds. */
  readonly clockOffsets: ReadonlyArray<number>
  readonly stock: Readonly<Record<string, number>>
  readonly purchases: ReadonlyArray<Purchase>
  readonly codes: ReadonlyArray<CodeRequest>
  readonly readers: number
  /** From then on nothing goes wrong any more; 0: nothing ever does. */
  readonly faultsEndAt: number
  readonly rates: Readonly<Record<PortName, Rates>>
  readonly outages: ReadonlyArray<Outage>
  readonly incidents: ReadonlyArray<Incident>
  /** Probabilities per message sent. */
  readonly duplicate: number
  readonly reorder: number
  /** Longest delay of a call that nothing is wrong with, in milliseconds. */
  readonly latency: number
}

/** The last two have no mail: an account that is gone, and an address that is refused. */
export const users = ["ada", "bob", "cyd", "gone", "refused"] as const

const second = 1000
const loadSeconds = 60
/** Clocks of hosts differ by up to so much: less than workers allow for (`clockMarginSeconds`). */
const maxOffset = 8 * second

const skus = ["cup", "jug", "pot"] as const

const drawRates = (random: SeededRandom, crashes: boolean): Rates => {
  const rate = () => (random.chance(0.5) ? random.pick([0.03, 0.1, 0.3]) : 0)
  const crash = () => (crashes && random.chance(0.4) ? random.pick([0.01, 0.05]) : 0)
  const seldom = () => (random.chance(0.15) ? random.pick([0.01, 0.05]) : 0)
  return {
    before: rate(),
    after: rate(),
    partial: rate(),
    slow: rate(),
    diesBefore: seldom(),
    diesAfter: seldom(),
    stalls: seldom(),
    crashBefore: crash(),
    crashAfter: crash()
  }
}

const calm = Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Rates

const drawPurchase = (random: SeededRandom, index: number, window: number): Purchase => {
  const keyed = random.chance(0.8)
  return {
    at: random.int(0, window),
    user: random.chance(0.15) ? random.int(3, 4) : random.int(0, 2),
    lines: random
      .shuffle(skus)
      .slice(0, random.int(1, 2))
      .map((sku) => ({ sku, quantity: random.int(1, 2) })),
    key: keyed ? `key-${index}` : null,
    twin: keyed && random.chance(0.15),
    patience: random.chance(0.1) ? random.int(0, second) : 12 * second,
    follows: random.chance(0.4),
    cancelAfter: random.chance(0.3) ? random.int(0, random.pick([0.1, 1, 60]) * second) : null,
    resends: random.chance(0.2) ? random.int(1, 3) : 0,
    decision: random.chance(0.4)
      ? {
          command: random.pick(["fulfil", "fulfil", "cancel", "fail"]),
          after: random.chance(0.3) ? "sending" : random.int(0, random.pick([0.1, 1, 60]) * second)
        }
      : null
  }
}

const dependencies: ReadonlyArray<ReadonlyArray<PortName>> = [
  ["store", "accounts"],
  ["queue"],
  ["cache"],
  ["mailer"]
]

const drawOutages = (random: SeededRandom, endsAt: number): ReadonlyArray<Outage> =>
  dependencies.flatMap((ports) => {
    if (!random.chance(0.15)) return []
    const from = random.int(0, endsAt)
    const to = Math.min(endsAt, from + random.int(1, 90) * second)
    return [{ ports, from, to, blackHole: random.chance(0.3) }]
  })

const poison = ["", "{", "null", '{"v":2,"type":"order.placed","orderId":"x"}'] as const

const drawIncidents = (
  random: SeededRandom,
  { processes, workers }: { readonly processes: number; readonly workers: number },
  purchases: readonly [Purchase, ...ReadonlyArray<Purchase>],
  endsAt: number
): ReadonlyArray<Incident> => {
  // Half of them soon after an order was placed, when there is most to lose.
  const time = () => {
    const { at } = random.pick(purchases)
    return random.chance(0.5)
      ? Math.min(at + random.int(0, 5 * second), endsAt)
      : random.int(0, endsAt)
  }
  const times = (probability: number, most: number) =>
    Array.from({ length: random.chance(probability) ? random.int(1, most) : 0 }, time)
  const process = () => random.int(0, processes - 1)
  // Workers come last: a pause is worth most in the middle of a mail.
  const worker = () => processes - 1 - random.int(0, workers - 1)
  return [
    ...times(0.4, 4).map((at) => ({ at, _tag: "Kill" as const, process: process() })),
    ...times(0.4, 3).map((at) => ({ at, _tag: "Stop" as const, process: process() })),
    ...times(0.3, 3).map((at) => ({
      at,
      _tag: "Pause" as const,
      process: worker(),
      // Some of them about as long as a lease.
      millis: (random.chance(0.5) ? random.int(1, 120) : random.int(5, 25)) * second
    })),
    ...times(0.15, 2).map((at) => ({
      at,
      _tag: "Jump" as const,
      millis: random.int(-30, 150) * second
    })),
    ...times(0.15, 2).map((at) => ({ at, _tag: "Purge" as const })),
    ...times(0.15, 2).map((at) => ({ at, _tag: "Poison" as const, body: random.pick(poison) })),
    ...times(0.08, 1).map((at) => ({ at, _tag: "Stray" as const, orderId: "0".repeat(32) }))
  ].sort((a, b) => a.at - b.at)
}

/** Of so many seeds one is at the edge. */
const edgeEvery = 20

/** Mails take about as long as their leases, and the clocks of their senders differ by the most that they may. */
const atTheEdge = (plan: Plan): Plan => ({
  ...plan,
  clockOffsets: plan.clockOffsets.map((_, i) => (i % 2 === 0 ? 0 : maxOffset)),
  rates: {
    ...plan.rates,
    store: { ...calm, slow: 0.5 },
    accounts: { ...calm, slow: 0.9 },
    mailer: { ...calm, slow: 0.9 }
  }
})

const drawPlan = (seed: number): Plan => {
  const random = makeRandom(seed)
  const apis = random.int(1, 2)
  const workers = random.int(1, 3)
  const faults = random.chance(0.92)
  const crashes = random.chance(0.5)
  const faultsEndAt = faults ? random.int(60, 180) * second : 0
  const window = random.pick([0.2, 10, loadSeconds]) * second
  const purchases = [
    drawPurchase(random, 0, window),
    ...Array.from({ length: random.int(3, 15) }, (_, i) => drawPurchase(random, i + 1, window))
  ] as const
  const rates = () => (faults && random.chance(0.6) ? drawRates(random, crashes) : calm)
  return {
    seed,
    apis,
    workers,
    worker: {
      concurrency: random.pick([1, 4, 32]),
      visibilitySeconds: random.pick([20, 30, 60]),
      drainSeconds: random.pick([4, 25])
    },
    mailsPerSecond: random.pick([2, 14, 1000]),
    clockOffsets: Array.from({ length: apis + workers }, () =>
      random.pick([0, random.int(0, maxOffset), maxOffset])
    ),
    stock: Object.fromEntries(skus.map((sku) => [sku, random.int(2, 12)])),
    purchases,
    codes: Array.from({ length: random.chance(0.5) ? random.int(1, 12) : 0 }, () => ({
      at: random.int(0, window),
      user: random.int(0, 2)
    })),
    readers: random.int(1, 3),
    faultsEndAt,
    rates: {
      store: rates(),
      // Standing still between a claim and its mail is what leases are for.
      accounts: { ...rates(), stalls: faults && random.chance(0.3) ? random.pick([0.1, 0.4]) : 0 },
      queue: rates(),
      cache: rates(),
      // Standing still right after a mail is what costs most: the lease runs out, the mail is out.
      mailer: {
        ...rates(),
        slow: faults && random.chance(0.3) ? random.pick([0.1, 0.5]) : 0,
        stalls: faults && random.chance(0.2) ? random.pick([0.1, 0.4]) : 0
      }
    },
    outages: faults ? drawOutages(random, faultsEndAt) : [],
    incidents: faults
      ? drawIncidents(random, { processes: apis + workers, workers }, purchases, faultsEndAt)
      : [],
    duplicate: faults && random.chance(0.3) ? random.pick([0.1, 0.5, 1]) : 0,
    reorder: faults && random.chance(0.3) ? random.pick([0.1, 0.5]) : 0,
    latency: random.pick([2, 20, 200])
  }
}

export const makePlan = (seed: number): Plan => {
  const plan = drawPlan(seed)
  const isEdge = seed % edgeEvery === 0 && plan.faultsEndAt > 0 && plan.workers > 1
  return isEdge ? atTheEdge(plan) : plan
}

/** Whether calls die of defects, which count on orders; outages count towards nothing. */
export const hasDefects = ({ rates }: Plan): boolean =>
  Object.values(rates).some(({ diesBefore, diesAfter }) => diesBefore + diesAfter > 0)

/** Whether nothing goes wrong between an order and its confirmation, mails apart. */
export const confirmsUndisturbed = ({
  rates,
  outages,
  incidents,
  reorder,
  latency
}: Plan): boolean => {
  const isCalm = (port: PortName) =>
    Object.values(rates[port]).every((rate) => rate === 0) &&
    outages.every(({ ports }) => !ports.includes(port))
  const stopsProcesses = ({ stalls, crashBefore, crashAfter }: Rates) =>
    stalls + crashBefore + crashAfter > 0
  return (
    isCalm("store") &&
    isCalm("queue") &&
    isCalm("cache") &&
    !Object.values(rates).some(stopsProcesses) &&
    incidents.every(({ _tag }) => _tag === "Poison" || _tag === "Stray") &&
    reorder === 0 &&
    latency <= 20
  )
}
