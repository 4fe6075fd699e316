// The deadline of calls to Redis: one clock for all calls in progress, instead of a timer for each. A pause of this
// process counts as a single tick, after which the sockets are read before a call is late. So Redis is not treated as
// unavailable because of a delay of this process.
import { Effect, Latch, type Scope } from "effect"
import { LinkedList } from "../../services/runtime/LinkedList.ts"

/** A deadline has this many, and ends up to one later. */
const ticks = 4

/** Fails a call that takes longer, with `late`; the call itself continues, and its result is ignored. */
export type WithinDeadline<E> = <A>(
  call: () => Promise<A>,
  failed: (error: unknown) => E
) => Effect.Effect<A, E>

interface Waiting {
  /** The tick in which it began. */
  readonly since: number
  readonly expire: () => void
}

/** What the sockets hold is read by the event loop before it comes to this. */
const afterReading = Effect.callback<void>((resume) => {
  // biome-ignore lint/plugin: no time, but a place in the event loop.
  setImmediate(() => resume(Effect.void))
})

export const makeDeadline = Effect.fnUntraced(function* <E>(
  millis: number,
  late: () => E
): Effect.fn.Return<WithinDeadline<E>, never, Scope.Scope> {
  const waiting = new LinkedList<Waiting>()
  const some = yield* Latch.make(false)
  let tick = 0

  const expireLate = (): void => {
    tick += 1
    let first = waiting.first
    while (first !== undefined && tick - first.value.since > ticks) {
      waiting.remove(first)
      first.value.expire()
      first = waiting.first
    }
    if (first === undefined) Latch.closeUnsafe(some)
  }

  yield* some.await.pipe(
    Effect.andThen(Effect.sleep(millis / ticks)),
    Effect.andThen(afterReading),
    Effect.andThen(Effect.sync(expireLate)),
    Effect.forever,
    Effect.forkScoped
  )

  return (call, failed) =>
    Effect.callback((resume) => {
      const entry = waiting.add({ since: tick, expire: () => resume(Effect.fail(late())) })
      if (waiting.size === 1) Latch.openUnsafe(some)
      call().then(
        (answer) => {
          waiting.remove(entry)
          resume(Effect.succeed(answer))
        },
        (error: unknown) => {
          waiting.remove(entry)
          resume(Effect.fail(failed(error)))
        }
      )
      return Effect.sync(() => waiting.remove(entry))
    })
})
