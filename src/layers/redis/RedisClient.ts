// One connection to Redis for the whole process (to a cluster one for each primary), behind a circuit breaker. Every
// command ends within its deadline. While Redis is unavailable, from the start or later, single commands fail, and the
// client reconnects without end. Nothing is read from a Redis that accepts no writes: its data may be outdated.
import { Context, Data, Effect, Layer, Option, Queue } from "effect"
import { Cluster } from "ioredis"
import { makeCircuitBreaker } from "./CircuitBreaker.ts"
import {
  type Connection,
  closeMillis,
  connectMillis,
  explain,
  openConnection,
  type RedisOptions
} from "./connection.ts"
import { makeDeadline } from "./deadlines.ts"
import { type RefusalCode, refusalOf, sentenceOf, verdictOf } from "./refusals.ts"

/**
 * A command was not answered. Only the words of the client's error are kept: its fields hold the
 * command's arguments, and so personal data, or the password.
 */
export class RedisError extends Data.TaggedError("RedisError")<{
  readonly message: string
  /** Where Redis refused it. */
  readonly code?: RefusalCode
}> {}

export interface RedisScript {
  /** Unique among the scripts of the process. */
  readonly name: string
  readonly numberOfKeys: number
  readonly lua: string
}

export class RedisClient extends Context.Service<
  RedisClient,
  {
    /** Runs one command (commands of one turn of the event loop share a round trip). */
    readonly use: <A>(command: (redis: Connection) => Promise<A>) => Effect.Effect<A, RedisError>
    /** Registers a script and returns a call of it: keys first, then arguments. Atomic in Redis. */
    readonly script: (
      script: RedisScript
    ) => (...args: ReadonlyArray<string | number>) => Effect.Effect<unknown, RedisError>
    /**
     * The same for calls that belong together: they share a round trip, a deadline and a failure. Each is atomic
     * by itself.
     */
    readonly scriptForEach: (
      script: RedisScript
    ) => (
      calls: ReadonlyArray<ReadonlyArray<string | number>>
    ) => Effect.Effect<ReadonlyArray<unknown>, RedisError>
    /** Hands the client to a library. What the library then asks of Redis goes through `use`. */
    readonly lend: <A>(make: (redis: Connection) => A) => A
    /**
     * Why Redis takes no writes just now, none while it does: a public sentence, without its address. Runs a script
     * that writes, as its users do, also while the circuit breaker is open.
     */
    readonly problem: Effect.Effect<Option.Option<string>>
  }
>()("layers/redis/RedisClient") {}

/**
 * How long a command may take, in milliseconds: twice what its Redis may need, since it waits for the pipeline before
 * its own.
 */
const commandMillis = 200

const breaker = { failures: 5, openMillis: 1000 }

const probeScript = {
  name: "probe",
  numberOfKeys: 1,
  lua: "redis.call('SET', KEYS[1], '1', 'PX', 1000)"
}
/** Hash tags, one in each sixteenth of a cluster's slots: each of up to 16 nodes of a size has a key of them. */
const probeTags = [
  ...["1768", "1678", "2184", "223", "2844", "2954", "1845", "1955"],
  ...["265", "375", "908", "155", "985", "895", "2912", "2802"]
]

export const layer = (options: RedisOptions): Layer.Layer<RedisClient> =>
  Layer.effect(
    RedisClient,
    Effect.gen(function* () {
      const redis = yield* Effect.acquireRelease(
        Effect.sync(() => openConnection(options)),
        close
      )
      const withinDeadline = yield* makeDeadline(commandMillis, timedOut)
      const ask = <A>(command: () => Promise<A>): Effect.Effect<A, RedisError> =>
        Effect.suspend(() =>
          // A cluster's command may wait for the topology, however long that takes.
          redis instanceof Cluster && redis.status !== "ready"
            ? Effect.fail(new RedisError({ message: "the cluster is not connected" }))
            : withinDeadline(command, errorOf)
        )

      const define = ({ name, ...definition }: RedisScript) => {
        redis.defineCommand(name, definition)
        // defineCommand adds a method that the types can't know.
        const command: (...args: ReadonlyArray<string | number>) => Promise<unknown> = Reflect.get(
          redis,
          name
        )
        return (args: ReadonlyArray<string | number>) => command.apply(redis, [...args])
      }

      const runProbe = define(probeScript)
      const probes = probeTags.map((tag) => [`${options.keyPrefix}probe:{${tag}}`])
      const probe = ask(() => Promise.all(probes.map(runProbe)))

      const journal = yield* logChanges(options)
      const problem = probe.pipe(
        Effect.match({
          onSuccess: () => {
            journal.back()
            return Option.none()
          },
          onFailure: (error) => {
            journal.lost(error)
            return error.code === undefined ? journal.reason() : Option.some(sentenceOf(error.code))
          }
        })
      )
      // A connection says little: it may be to a server that takes no writes.
      redis.on("ready", () => journal.afterwards(Effect.asVoid(problem)))
      let explained = Promise.resolve()
      if (redis instanceof Cluster)
        redis.on("error", (error: unknown) => {
          explained = explain(options, error).then((reason) => journal.away(reasonOf(reason)))
        })
      else {
        redis.on("error", (error: unknown) => journal.away(reasonOf(error)))
        redis.on("close", () =>
          journal.lost(new RedisError({ message: "the connection was closed" }))
        )
      }
      // The first attempt, so that a Redis that is there is used from the first command on.
      yield* attempt(() => redis.connect(), connectMillis).pipe(
        Effect.andThen(problem),
        Effect.catch(() => Effect.promise(() => explained))
      )

      const guard = makeCircuitBreaker<RedisError>({
        ...breaker,
        verdictOf: ({ code }) => (code === undefined ? "failed" : verdictOf(code)),
        probe,
        refuse: () => new RedisError({ message: "not asked: it did not work a moment ago" }),
        onOpen: journal.lost,
        onClose: journal.back
      })
      const use = <A>(command: (redis: Connection) => Promise<A>) =>
        guard(ask(() => command(redis)))

      return RedisClient.of({
        use,
        script: (script) => {
          const call = define(script)
          return (...args) => use(() => call(args))
        },
        scriptForEach: (script) => {
          const call = define(script)
          return (calls) => use(() => Promise.all(calls.map(call)))
        },
        lend: (make) => make(redis),
        problem
      })
    })
  )

/** QUIT answers after the commands before it; a Redis that is away is left without it. */
const close = (redis: Connection): Effect.Effect<void> =>
  Effect.ignore(attempt(() => redis.quit(), closeMillis)).pipe(
    Effect.andThen(Effect.sync(() => redis.disconnect()))
  )

const timedOut = () => new RedisError({ message: "Command timed out" })

/** For what is asked once. */
const attempt = <A>(command: () => Promise<A>, millis: number): Effect.Effect<A, RedisError> =>
  Effect.timeoutOrElse(Effect.tryPromise({ try: command, catch: errorOf }), {
    duration: millis,
    orElse: () => Effect.fail(timedOut())
  })

/** An error's message, without the arguments that Redis quotes of a command it does not know. */
const words = (error: unknown): string => {
  const message = error instanceof Error ? error.message || error.name : String(error)
  return message.replace(/,? with args beginning with.*/su, "")
}

const errorOf = (error: unknown): RedisError => {
  const message = words(error)
  return Option.match(refusalOf(message), {
    onNone: () => new RedisError({ message }),
    onSome: (code) => new RedisError({ message, code })
  })
}

/** Why Redis is away. */
interface Reason {
  readonly message: string
  /** A sentence for `/readyz`, which is public: without hosts, addresses and ports. */
  readonly publicly: string
}

/** Of an error of the network or of TLS the code alone is public. */
const reasonOf = (error: unknown): Reason => {
  const { message, code } = errorOf(error)
  if (code !== undefined) return { message, publicly: sentenceOf(code) }
  const word = error instanceof Error && "code" in error ? String(error.code) : message
  return { message, publicly: `Redis does not answer: ${word}` }
}

interface Journal {
  /** Redis is away, as its connection says: the best reason there is. */
  readonly away: (reason: Reason) => void
  /** Redis is away, as its users saw: the reason where the connection gave none. */
  readonly lost: (error: RedisError) => void
  readonly back: () => void
  /** Runs it after the lines so far. */
  readonly afterwards: (effect: Effect.Effect<void>) => void
  /** The public sentence that says why Redis is away; none while it answers. */
  readonly reason: () => Option.Option<string>
}

/** One line when Redis goes away and one when it is back, however many commands fail between. */
const logChanges = Effect.fnUntraced(function* ({ host, port }: RedisOptions) {
  const changes = yield* Queue.unbounded<Effect.Effect<void>>()
  yield* Queue.take(changes).pipe(
    Effect.flatten,
    Effect.forever,
    Effect.annotateLogs({ redis: `${host}:${port}` }),
    Effect.forkScoped
  )
  let reason = Option.none<string>()
  const away = ({ message, publicly }: Reason): void => {
    if (Option.isNone(reason))
      Queue.offerUnsafe(changes, Effect.logWarning("Redis is away", { reason: message }))
    reason = Option.some(publicly)
  }
  return {
    away,
    lost: (error) => {
      if (Option.isNone(reason)) away(reasonOf(error))
    },
    back: () => {
      if (Option.isSome(reason)) Queue.offerUnsafe(changes, Effect.logInfo("Redis is back"))
      reason = Option.none()
    },
    afterwards: (effect) => Queue.offerUnsafe(changes, effect),
    reason: () => reason
  } satisfies Journal
})
