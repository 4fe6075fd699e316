// A bound on expensive work: a fixed number runs, a fixed number waits, and the rest are refused. Clients take turns,
// so a client with much work delays others by at most one work at a time.
import { Deferred, Effect, Option } from "effect"
import { Origin } from "../../services/audit/Origin.ts"
import { Overloaded } from "../../services/runtime/Overloaded.ts"

export interface PoolOptions {
  /** The full resource, for the log. */
  readonly resource: string
  readonly concurrency: number
  /** How many may wait. 0: no caller waits for another's work. */
  readonly waiting: number
}

export type Run = <A, E, R>(work: Effect.Effect<A, E, R>) => Effect.Effect<A, E | Overloaded, R>

export interface Pool extends Run {
  /** How many works run. */
  readonly running: () => number
  /** How many wait for their turn. */
  readonly waiting: () => number
}

/** A work's place in the pool. */
interface Place {
  readonly client: string
  readonly turn: Deferred.Deferred<void, Overloaded>
  runs: boolean
}

/** What waits, by client. */
const makeQueue = () => {
  // A Map keeps the order of insertion: its first client is the next one.
  const byClient = new Map<string, ReadonlyArray<Place>>()
  let size = 0
  const put = (client: string, places: ReadonlyArray<Place>): void => {
    if (places.length > 0) byClient.set(client, places)
    else byClient.delete(client)
  }
  const of = (client: string): ReadonlyArray<Place> => byClient.get(client) ?? []
  return {
    size: (): number => size,
    add: (place: Place): void => {
      size += 1
      byClient.set(place.client, [...of(place.client), place])
    },
    remove: (place: Place): void => {
      const left = of(place.client).filter((one) => one !== place)
      size -= of(place.client).length - left.length
      put(place.client, left)
    },
    next: (): Place | undefined => {
      const [first] = byClient
      if (first === undefined) return undefined
      const [client, [place, ...others]] = first
      size -= 1
      byClient.delete(client)
      put(client, others)
      return place
    },
    /** The latest of the client that has the most, where that has two more than `client`. */
    excessOver: (client: string): Place | undefined => {
      const most = [...byClient.values()].reduce<ReadonlyArray<Place>>(
        (longest, places) => (places.length > longest.length ? places : longest),
        []
      )
      return most.length >= of(client).length + 2 ? most.at(-1) : undefined
    }
  }
}

/**
 * Who waits can be interrupted; work that has begun cannot, because its thread goes on and the place
 * is taken until it ends. Where all places are taken, a client that has few of them takes one from the client that has
 * the most.
 */
export const makePool = (options: PoolOptions): Pool => {
  const { resource, concurrency, waiting } = options
  const queue = makeQueue()
  let running = 0

  const run = (place: Place): void => {
    running += 1
    place.runs = true
    Deferred.doneUnsafe(place.turn, Effect.void)
  }

  const enter = Effect.gen(function* () {
    const client = Option.getOrElse((yield* Origin).client, () => "")
    const place: Place = { client, turn: Deferred.makeUnsafe(), runs: false }
    if (running < concurrency) {
      run(place)
      return place
    }
    const full = new Overloaded({ resource })
    const excess = queue.size() < waiting ? undefined : queue.excessOver(client)
    if (queue.size() >= waiting && excess === undefined) return yield* full
    queue.add(place)
    if (excess !== undefined) {
      queue.remove(excess)
      // Last: it resumes the fiber that waits, which may come back to the pool before the next line.
      Deferred.doneUnsafe(excess.turn, Effect.fail(full))
    }
    return place
  })

  const leave = (place: Place): Effect.Effect<void> =>
    Effect.sync(() => {
      if (!place.runs) return queue.remove(place)
      running -= 1
      const next = queue.next()
      if (next !== undefined) run(next)
    })

  const pooled: Run = (work) =>
    Effect.acquireUseRelease(
      enter,
      ({ turn }) => Effect.andThen(Deferred.await(turn), Effect.uninterruptible(work)),
      leave
    )
  return Object.assign(pooled, { running: () => running, waiting: () => queue.size() })
}
