// What this system is held against, as ratios of medians in one run: its goals, and what a quick run must not
// fall below.
import { limits, peers } from "./contestants.ts"

export interface Goal {
  readonly workload: string
  /** Whose median is divided by the other's. */
  readonly subject: string
  readonly against: string
  /** What of the two is compared, where it is not the workload's own figure. */
  readonly of?: "p99"
  readonly atLeast?: number
  readonly atMost?: number
}

export const subject = "system"
/** This system at the rates of a peer, for those who have as many orders as that peer can take. */
export const atPeersRate = "system at express's rate"
/** This system, while it sends traces of 1 % of all requests. */
export const tracedName = "1 % traced"
/** One process of this system, where others are two. */
export const oneProcess = "one process"
/** This system without logins. */
export const alone = "no logins"

const ours = { subject } as const

export const goals: ReadonlyArray<Goal> = [
  { ...ours, workload: "cached-read", against: peers.fastify.name, atLeast: 0.8 },
  { ...ours, workload: "cached-read", against: peers.fastifyPlugins.name, atLeast: 1.5 },
  { ...ours, workload: "cached-read", against: peers.express.name, atLeast: 1.2 },
  { ...ours, workload: "cached-read", against: limits.stackRedis.name, atLeast: 0.45 },
  { ...ours, workload: "uncached-read", against: peers.fastify.name, atLeast: 0.8 },
  { ...ours, workload: "uncached-read", against: peers.express.name, atLeast: 1.2 },
  { ...ours, workload: "uncached-read", against: limits.readMongo.name, atLeast: 0.6 },
  { ...ours, workload: "orders-200", against: peers.fastify.name, atLeast: 6 },
  { ...ours, workload: "orders-200", against: peers.express.name, atLeast: 7 },
  { ...ours, workload: "orders-200", against: limits.placeTogether.name, atLeast: 0.55 },
  { ...ours, workload: "orders-200-2", against: oneProcess, atLeast: 1.3 },
  { ...ours, workload: "orders-hot", against: peers.fastify.name, atLeast: 25 },
  { ...ours, workload: "orders-hot", against: peers.express.name, atLeast: 7 },
  { ...ours, workload: "orders-hot-2", against: oneProcess, atLeast: 0.9 },
  { ...ours, workload: "orders-hot-2", against: oneProcess, of: "p99", atMost: 2 },
  { ...ours, workload: "worker", against: peers.sqsConsumer.name, atLeast: 2.5 },
  { ...ours, workload: "worker", against: limits.drain.name, atLeast: 0.5 },
  { ...ours, workload: "worker-2", against: oneProcess, atLeast: 1.6 },
  { ...ours, workload: "confirm", against: limits.confirm.name, atLeast: 0.6 },
  { ...ours, workload: "end-to-end-50", against: peers.express.name, atMost: 0.2 },
  {
    workload: "end-to-end-50",
    subject: atPeersRate,
    against: peers.express.name,
    atMost: 0.8
  },
  { ...ours, workload: "login-storm", against: alone, atMost: 2 }
]

/**
 * Each below every ratio that quick runs showed, and at half of the highest or above it: 0.22–0.33, 0.14–0.21, 0.08–0.10
 * and 0.52–0.60. So what halves the speed fails, and a machine whose network costs more or less than its CPU does not.
 */
export const bounds: ReadonlyArray<Goal> = [
  { ...ours, workload: "cached-read", against: limits.readRedis.name, atLeast: 0.18 },
  { ...ours, workload: "orders-200", against: limits.groupCommit.name, atLeast: 0.1 },
  { ...ours, workload: "orders-hot", against: limits.groupCommit.name, atLeast: 0.06 },
  { ...ours, workload: "worker", against: limits.drain.name, atLeast: 0.37 }
]

export const isMet = ({ atLeast, atMost }: Goal, ratio: number): boolean =>
  (atLeast === undefined || ratio >= atLeast) && (atMost === undefined || ratio <= atMost)

export const textOf = ({ atLeast, atMost }: Goal): string =>
  [
    ...(atLeast === undefined ? [] : [`≥ ${atLeast}`]),
    ...(atMost === undefined ? [] : [`≤ ${atMost}`])
  ].join(", ")
