// Request bodies that are still arriving. Their requests do not count as in flight, so a client that sends slowly does
// not block others. A body must arrive at a minimum rate. When one client, or all together, have too many, the oldest
// body is dropped: an honest client's body arrives within milliseconds, so it is not the oldest.
import { Effect, Exit } from "effect"
import { LinkedList } from "../services/runtime/LinkedList.ts"
import type { ApiRuntime } from "./context.ts"

/** Milliseconds. TCP sends a packet that is lost twice for the third time after 3 s (RFC 6298: 1 s, then 2 s). */
const grace = 3000
/**
 * On average, after the grace. An order of 50 lines has 3 KB. The largest body, 64 KiB, needs this rate anyway to
 * arrive before the request's deadline.
 */
export const leastBytesPerSecond = 8 * 1024

/** Times `limitFactor`. A body comes with its headers or right after them, so a client has few of these. */
const mostOfClient = 64
/**
 * Of all clients. All 1,000 requests in flight may begin to read their bodies in the same turn of the event loop.
 * 1,000 bodies of 64 KiB with their requests hold some 150 MB.
 */
const mostInAll = 1000

export interface Arrival {
  /** Extends the time by what the least rate grants these bytes. */
  readonly received: (bytes: number) => void
  /** True when the body is dropped: too slow, too many, or the request has ended. */
  readonly isCut: () => boolean
  readonly cut: () => void
  /** Call it when reading ends. */
  readonly end: () => void
}

export interface Arrivals {
  /** The least rate counts `announced` bytes as received. */
  readonly begin: (client: string, announced: number, onCut: () => void) => Arrival
}

type Cut = () => void

export const makeArrivals = (runtime: ApiRuntime, limitFactor: number): Arrivals => {
  const all = new LinkedList<Cut>()
  const byClient = new Map<string, LinkedList<Cut>>()

  /** Returns what removes it. */
  const add = (client: string, cut: Cut): (() => void) => {
    const own = byClient.get(client) ?? new LinkedList()
    if (own.size >= mostOfClient * Math.max(1, limitFactor)) own.first?.value()
    if (all.size >= mostInAll) all.first?.value()
    // `cut` may have removed the empty list from the map.
    byClient.set(client, own)
    const ofClient = own.add(cut)
    const ofAll = all.add(cut)
    return () => {
      all.remove(ofAll)
      own.remove(ofClient)
      // A body that was cut is removed again when its reading ends: the client may have a new list by then.
      if (own.size === 0 && byClient.get(client) === own) byClient.delete(client)
    }
  }

  return {
    begin: (client, announced, onCut) => {
      let bytes = announced
      let isCut = false
      const end = (): void => {
        remove()
        watch.interruptUnsafe()
      }
      const cut = (): void => {
        if (isCut) return
        isCut = true
        end()
        onCut()
      }
      /** Done once the body is too slow. */
      const slowness = (waited: number): Effect.Effect<void> =>
        Effect.suspend(() => {
          const left = grace + (bytes * 1000) / leastBytesPerSecond - waited
          return left <= 0
            ? Effect.void
            : Effect.andThen(Effect.sleep(left), slowness(waited + left))
        })
      const watch = runtime.runFork(slowness(0))
      watch.addObserver((exit) => {
        if (Exit.isSuccess(exit)) cut()
      })
      const remove = add(client, cut)
      return {
        received: (more) => {
          bytes += more
        },
        isCut: () => isCut,
        cut,
        end
      }
    }
  }
}
