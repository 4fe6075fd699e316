// What this system wants to be measured at, as ratios of its median to another's in the same run.

export interface Goal {
  readonly workload: string
  readonly against: string
  /** Of values, or of the 99th percentile of latencies. */
  readonly of: "value" | "p99"
  readonly atLeast?: number
  readonly atMost?: number
}

export const goals: ReadonlyArray<Goal> = [
  { workload: "cached-read", against: "express", of: "value", atLeast: 12 },
  { workload: "cached-read", against: "fastify", of: "value", atLeast: 0.9 },
  { workload: "cached-read", against: "readRedis", of: "value", atLeast: 0.8 },
  { workload: "orders-200", against: "express", of: "value", atLeast: 10 },
  { workload: "orders-200", against: "fastify", of: "value", atLeast: 3 },
  { workload: "orders-200", against: "groupCommit", of: "value", atLeast: 0.5 },
  { workload: "orders-hot", against: "express", of: "value", atLeast: 10 },
  { workload: "orders-hot", against: "fastify", of: "value", atLeast: 15 },
  { workload: "orders-hot", against: "groupCommit", of: "value", atLeast: 0.5 },
  { workload: "worker", against: "sqs-consumer", of: "value", atLeast: 10 },
  { workload: "worker", against: "drain", of: "value", atLeast: 0.6 }
]

export const isMet = ({ atLeast, atMost }: Goal, ratio: number): boolean =>
  (atLeast === undefined || ratio >= atLeast) && (atMost === undefined || ratio <= atMost)

export const textOf = ({ atLeast, atMost }: Goal): string =>
  [
    ...(atLeast === undefined ? [] : [`≥ ${atLeast}`]),
    ...(atMost === undefined ? [] : [`≤ ${atMost}`])
  ].join(", ")
