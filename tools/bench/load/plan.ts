// What the programs that make load are told, and what they answer. They are processes of their own, so that
// making load and measuring it takes nothing from the program under load but the machine's time.

/** One request; the plan says what all of its requests have in common. */
export interface Shot {
  readonly path: string
  /** Bearer token. */
  readonly token?: string
  /** JSON text. */
  readonly body?: string
}

interface Common {
  readonly method: "GET" | "POST"
  readonly shots: ReadonlyArray<Shot>
}

/** Each connection sends its next request when it has its answer. */
export interface ClosedPlan extends Common {
  readonly kind: "closed"
  /** Programs that share the load, each with `connections` of its own. */
  readonly urls: ReadonlyArray<string>
  readonly connections: number
  readonly seconds: number
  /** Ends with an error where the shots do not last: no request may be sent twice. */
  readonly once: boolean
  /** So many requests to each program, and an end with the last answer, instead of after `seconds`. */
  readonly amount?: number
}

/** Requests at a steady rate, whether or not the earlier ones have been answered. */
export interface OpenPlan extends Common {
  readonly kind: "open"
  readonly url: string
  readonly perSecond: number
  readonly seconds: number
  /** Keeps the id that each answer has, and when its request was due. */
  readonly ids: boolean
}

export type Plan = ClosedPlan | OpenPlan

export interface Latencies {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** Of one program. */
export interface LoadResult {
  /** Answers of 2xx. */
  readonly ok: number
  /** Other answers by status, and requests that got none by their error. */
  readonly failed: Readonly<Record<string, number>>
  readonly seconds: number
  /** Milliseconds, of answers of 2xx; of an open load from when the request was due. */
  readonly latency: Latencies
  /** What was made, with the `monotonicMs` at which it was due to be asked for. */
  readonly made: ReadonlyArray<{ readonly id: string; readonly at: number }>
}
