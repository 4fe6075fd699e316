// Combines the reads of one turn of the event loop into one read, with one read at a time for each key. All callers
// that wait for its start share it. A caller never gets the result of a read that began before its call: that could be
// older than what it has seen already.
import { Deferred, Effect, Exit, Option, type Scope } from "effect"

/** The most keys of one read: as many documents as MongoDB's first reply holds (101 at most). */
export const maxKeys = 100

/**
 * Wraps `read`, which finds what there is under its keys, and fails for all of them or none. Nothing is kept:
 * a key is held only while a reader waits for it.
 */
export const sharedReads = <K extends string, A, E>(
  read: (keys: ReadonlyArray<K>) => Effect.Effect<ReadonlyMap<K, A>, E>
): Effect.Effect<(key: K) => Effect.Effect<Option.Option<A>, E>, never, Scope.Scope> =>
  Effect.map(Effect.scope, (scope) => {
    type Answer = Deferred.Deferred<Option.Option<A>, E>
    /** Who waits for the next read of a key. */
    const waiting = new Map<K, Answer>()
    const reading = new Set<K>()
    let beginning = false

    /** The answers that the next read owes. */
    const take = (): ReadonlyMap<K, Answer> => {
      const taken = new Map<K, Answer>()
      for (const [key, answer] of waiting) {
        if (taken.size === maxKeys) break
        if (!reading.has(key)) taken.set(key, answer)
      }
      for (const key of taken.keys()) {
        waiting.delete(key)
        reading.add(key)
      }
      return taken
    }

    const readNext: Effect.Effect<void, E> = Effect.suspend(() => {
      beginning = false
      const answers = take()
      if (answers.size === 0) return Effect.void
      const found = Effect.onExit(read(Array.from(answers.keys())), (exit) => {
        for (const [key, answer] of answers) {
          reading.delete(key)
          Deferred.doneUnsafe(
            answer,
            Exit.map(exit, (all) => Option.fromUndefinedOr(all.get(key)))
          )
        }
        return waiting.size === 0 ? Effect.void : begin
      })
      return answers.size === maxKeys ? Effect.andThen(begin, found) : found
    })

    /**
     * At the end of this turn. Not in an asking fiber: its interruption must not end the read of the others.
     */
    const begin: Effect.Effect<void> = Effect.suspend(() => {
      if (beginning) return Effect.void
      beginning = true
      return Effect.forkIn(readNext, scope)
    })

    return (key) =>
      Effect.suspend(() => {
        const next = waiting.get(key)
        if (next !== undefined) return Deferred.await(next)
        const mine: Answer = Deferred.makeUnsafe()
        waiting.set(key, mine)
        return reading.has(key) ? Deferred.await(mine) : Effect.andThen(begin, Deferred.await(mine))
      })
  })
