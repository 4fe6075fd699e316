// One read at a time per key, shared by all who ask while they wait for it to begin. A reader never gets
// the result of a read that began before it asked: that could be older than what it has seen already.
import { Deferred, Effect, type Scope } from "effect"

/** Wraps `read`. Nothing is kept: a key is held only while somebody waits for it. */
export const sharedReads = <A, E>(
  read: (key: string) => Effect.Effect<A, E>
): Effect.Effect<(key: string) => Effect.Effect<A, E>, never, Scope.Scope> =>
  Effect.map(Effect.scope, (scope) => {
    /** Per key that is being read, who waits for the next read of it. */
    const waiting = new Map<string, Deferred.Deferred<A, E> | undefined>()

    const readUntilNobodyWaits = Effect.fnUntraced(function* (key: string) {
      for (let next = waiting.get(key); next !== undefined; next = waiting.get(key)) {
        waiting.set(key, undefined)
        yield* Deferred.complete(next, read(key))
      }
      waiting.delete(key)
    })

    return (key) =>
      Effect.suspend(() => {
        const next = waiting.get(key)
        if (next !== undefined) return Deferred.await(next)
        const reading = waiting.has(key)
        const mine = Deferred.makeUnsafe<A, E>()
        waiting.set(key, mine)
        // Not in the asking fiber: whoever leaves must not take the read from the others.
        return reading
          ? Deferred.await(mine)
          : Effect.andThen(Effect.forkIn(readUntilNobodyWaits(key), scope), Deferred.await(mine))
      })
  })
