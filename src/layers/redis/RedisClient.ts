// One connection to Redis for the whole process, behind a circuit breaker. Every command is answered
// within its deadline whatever Redis does, and a Redis that is away, from the start or later, is an
// error of single commands: the connection is tried again without end.
import { isIP } from "node:net"
import { Context, Data, Effect, Layer, Option, Queue, Redacted } from "effect"
import { Redis } from "ioredis"
import { makeCircuitBreaker } from "./CircuitBreaker.ts"

export interface RedisOptions {
  readonly host: string
  readonly port: number
  readonly username?: string | undefined
  readonly password?: Redacted.Redacted | undefined
  readonly tls: boolean
}

/**
 * A command was not answered. Only the words of the client's error are kept: its fields hold the
 * command's arguments, and so personal data, or the password.
 */
export class RedisError extends Data.TaggedError("RedisError")<{ readonly message: string }> {}

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
    readonly use: <A>(command: (redis: Redis) => Promise<A>) => Effect.Effect<A, RedisError>
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
    readonly lend: <A>(make: (redis: Redis) => A) => A
    /**
     * Why Redis does not answer just now, or nothing: a sentence for anybody, without its address. Asks
     * it, whatever the circuit breaker says.
     */
    readonly problem: Effect.Effect<Option.Option<string>>
  }
>()("layers/redis/RedisClient") {}

/**
 * How long a command may take, in milliseconds. Commands wait for the pipeline before theirs, which has
 * the same deadline: a command is answered within twice this.
 */
const commandMillis = 100
/** How long a TCP (and TLS) connection may take to come about. */
const connectMillis = 2000
/**
 * How long an answer may be due before the connection itself is given up. A peer that vanished sends
 * no reset, and the operating system would go on sending to it for a quarter of an hour.
 */
const silenceMillis = 5000
const breaker = { failures: 5, openMillis: 1000 }

export const layer = (options: RedisOptions): Layer.Layer<RedisClient> =>
  Layer.effect(
    RedisClient,
    Effect.gen(function* () {
      const redis = yield* Effect.acquireRelease(
        Effect.sync(() => open(options)),
        close
      )
      const journal = yield* logChanges(options)
      redis.on("ready", () => journal.back())
      redis.on("error", (error: unknown) => journal.away(words(error), publicWords(error)))
      redis.on("close", () => journal.lost("the connection was closed"))
      // The first attempt, so that a Redis that is there is used from the first command on.
      yield* Effect.ignore(attempt(() => redis.connect()))

      const guard = makeCircuitBreaker<RedisError>({
        ...breaker,
        refuse: () => new RedisError({ message: "not asked: it did not answer a moment ago" }),
        onOpen: ({ message }) => journal.lost(message),
        onClose: journal.back
      })
      const use = <A>(command: (redis: Redis) => Promise<A>) => guard(attempt(() => command(redis)))

      const define = ({ name, ...definition }: RedisScript) => {
        redis.defineCommand(name, definition)
        // defineCommand adds a method that the types can't know.
        const command: (...args: ReadonlyArray<string | number>) => Promise<unknown> = Reflect.get(
          redis,
          name
        )
        return (args: ReadonlyArray<string | number>) => command.apply(redis, [...args])
      }

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
        problem: attempt(() => redis.ping()).pipe(
          Effect.match({
            onSuccess: () => Option.none(),
            onFailure: ({ message }) =>
              Option.some(
                `Redis does not answer: ${Option.getOrElse(journal.reason(), () => message)}`
              )
          })
        )
      })
    })
  )

const open = ({ host, port, username, password, tls }: RedisOptions): Redis =>
  new Redis({
    host,
    port,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: Redacted.value(password) }),
    // Node checks the certificate against `host`, and tells the server no name unless it is given here.
    ...(tls ? { tls: isIP(host) === 0 ? { servername: host } : {} } : {}),
    lazyConnect: true,
    connectTimeout: connectMillis,
    commandTimeout: commandMillis,
    socketTimeout: silenceMillis,
    disconnectTimeout: commandMillis,
    enableAutoPipelining: true,
    // Commands neither wait for a connection nor are sent again on the next one: callers have gone on.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // After a fail-over the old primary refuses writes: its address may lead to the new one.
    reconnectOnError: (error) => error.message.startsWith("READONLY")
  })

/** QUIT answers after the commands before it; a Redis that is away is left without it. */
const close = (redis: Redis): Effect.Effect<void> =>
  Effect.ignore(attempt(() => redis.quit())).pipe(
    Effect.andThen(Effect.sync(() => redis.disconnect()))
  )

const attempt = <A>(command: () => Promise<A>): Effect.Effect<A, RedisError> =>
  Effect.tryPromise({
    try: command,
    catch: (error) => new RedisError({ message: words(error) })
  })

/** An error's message, without the arguments that Redis quotes of a command it does not know. */
const words = (error: unknown): string => {
  const message = error instanceof Error ? error.message || error.name : String(error)
  return message.replace(/,? with args beginning with.*/su, "")
}

/**
 * The same for readiness, which anybody may ask for: of an error of the network or of TLS its code, since
 * its message names hosts, addresses and ports.
 */
const publicWords = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : words(error)

interface Journal {
  /** Redis is away, as its connection says: the best reason there is, for the log and for anybody. */
  readonly away: (reason: string, publicReason: string) => void
  /** Redis is away, as its users saw: the reason where the connection gave none. */
  readonly lost: (reason: string) => void
  readonly back: () => void
  /** Why Redis is away, while it is, for anybody. */
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
  const away = (because: string, publicly: string): void => {
    if (Option.isNone(reason))
      Queue.offerUnsafe(changes, Effect.logWarning("Redis is away", because))
    reason = Option.some(publicly)
  }
  return {
    away,
    lost: (because) => {
      if (Option.isNone(reason)) away(because, because)
    },
    back: () => {
      if (Option.isSome(reason)) Queue.offerUnsafe(changes, Effect.logInfo("Redis is back"))
      reason = Option.none()
    },
    reason: () => reason
  } satisfies Journal
})
