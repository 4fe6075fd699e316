// What is measured, of whom, and in which unit.
import type { Conflicts } from "./conflicts.ts"
import type { Contestant } from "./contestant.ts"
import type { Services } from "./services.ts"
import type { House, Stage } from "./stage.ts"

/** One measurement of one contestant. Times are in milliseconds. */
export interface Sample {
  /** In the workload's unit. */
  readonly value: number
  readonly p50?: number
  readonly p99?: number
  /** Processor time of the measured processes per operation. */
  readonly cpuMs?: number
  /** Resident memory of the measured processes at the end of the load, in MiB. */
  readonly rssMb?: number
  /** Requests that failed, by status or error; they are in no rate. */
  readonly failed?: Readonly<Record<string, number>>
  /** The rate that was asked for, where it was not as much as goes. */
  readonly perSecond?: number
  /** Pieces that were sold and were not there. */
  readonly oversold?: number
  /** Where several processes share the work: what the least of them did, as a share of what the most did. */
  readonly leastShare?: number
  /** The p99 of the slowest of them, as a multiple of that of the fastest. */
  readonly p99Spread?: number
  /** What MongoDB counted meanwhile. */
  readonly conflicts?: Conflicts
  /** The share of all processors' time that was in use, by the load and the services too. */
  readonly busy?: number
}

/** How much is done: everything, or enough to see a large loss. */
export interface Pace {
  readonly rounds: number
  readonly warmUpSeconds: number
  readonly seconds: number
  /** Messages that a worker drains. */
  readonly messages: number
}

export interface Workload {
  /** For the command line and the results. */
  readonly name: string
  readonly title: string
  readonly unit: "requests/s" | "orders/s" | "messages/s" | "ms" | "mails" | "× the least"
  readonly better: "higher" | "lower"
  /** This system first; `turnsOf` (play.ts) says in which order they are measured. */
  readonly contestants: ReadonlyArray<Contestant>
  readonly open: (services: Services, contestant: Contestant, pace: Pace) => Promise<House> | House
  readonly measure: (stage: Stage, pace: Pace) => Promise<Sample>
}
