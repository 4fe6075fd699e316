// The only connection of this process to MongoDB. It connects by itself, also to a server that starts later, refuses an
// unusable one (connectionErrors.ts), and ends every call within a deadline.
import {
  Cause,
  Context,
  Data,
  Duration,
  Effect,
  Layer,
  Option,
  Redacted,
  Ref,
  Schedule,
  type Scope
} from "effect"
import { type Connection, type ConnectOptions, createConnection, mongo } from "mongoose"
import { mongoConnections, mongoWaiting, readGauge } from "../../services/metrics.ts"
import { inRecordedSpan } from "../../services/spans.ts"
import { callSpan } from "./callSpan.ts"
import { type MongoRefused, refusalOf, StandaloneMongo } from "./connectionErrors.ts"
import { codes, isUnavailable, mongoVerdict } from "./mongoErrors.ts"
import { countPools, type PoolCounts } from "./poolCounts.ts"

export interface MongoOptions {
  /** Names the database too: `mongodb://host/orders`. */
  readonly uri: Redacted.Redacted
}

/** Not reachable, or no answer within the deadline; whether a write took effect is unknown. */
export class MongoUnavailable extends Data.TaggedError("MongoUnavailable")<{
  readonly cause: unknown
}> {}

/** Of one `run`, unless it names its own. */
export const defaultDeadline = Duration.seconds(5)

/** How long readiness waits for an answer. */
const probeDeadline = Duration.seconds(1.5)
/** How long the server waits for a majority: less, so that it can say so. */
const majorityDeadline = Duration.seconds(1.2)

export class MongoConnection extends Context.Service<
  MongoConnection,
  {
    /** What models are declared on. While it is not connected its commands fail without waiting. */
    readonly mongoose: Connection
    /**
     * Runs `work` against the connection. Defects (mongoErrors.ts) are defects; every other rejection and a
     * missed deadline are `MongoUnavailable`. Work whose caller has gone ends by the driver's own timeout.
     */
    readonly run: <A>(
      work: () => Promise<A>,
      deadline?: Duration.Duration
    ) => Effect.Effect<A, MongoUnavailable>
    /**
     * A secret-free sentence while the primary does not answer, refuses this process, or can't have a majority
     * write. Takes at most 1.5 s.
     */
    readonly problem: Effect.Effect<Option.Option<string>>
  }
>()("layers/mongo/MongoConnection") {}

/**
 * `run` for one port and its collection: failures become the port's error, with the operation's name. `command` is what
 * the work mostly is, in the driver's words: a recorded trace shows it.
 */
export const runFor =
  <E>(
    mongo: MongoConnection["Service"],
    collection: string,
    PortError: new (failure: { readonly operation: string; readonly cause: unknown }) => E
  ) =>
  <A>(
    operation: string,
    command: string,
    work: () => Promise<A>,
    deadline?: Duration.Duration
  ): Effect.Effect<A, E> =>
    inRecordedSpan(
      Effect.mapError(
        mongo.run(work, deadline),
        ({ cause }) => new PortError({ operation, cause })
      ),
      () => callSpan(mongo.mongoose, { collection, command })
    )

/** A new object each time: mongoose takes options out of it. */
const connectOptions = (): ConnectOptions => ({
  bufferCommands: false,
  autoIndex: false,
  autoCreate: false,
  maxPoolSize: 50,
  connectTimeoutMS: 3_000,
  serverSelectionTimeoutMS: 3_000,
  waitQueueTimeoutMS: 3_000,
  // The callers' deadlines are shorter: this only frees resources that a silent server would hold forever.
  socketTimeoutMS: 30_000,
  // A silent primary is noticed by the monitor alone, so it asks more often than every 10 s.
  heartbeatFrequencyMS: 2_000,
  retryWrites: true,
  retryReads: true,
  readPreference: "primary",
  readConcernLevel: "majority",
  // Without a majority a write would wait for ever.
  writeConcern: { w: "majority", wtimeoutMS: Duration.toMillis(defaultDeadline) }
})

/** A collection that the service reads anyway, and an id that no document of it has. */
const probed = "orders"
const nothing = ""

/** What the server says of a majority that does not come in time. */
const noMajority = new Set<unknown>([
  codes.outage["MaxTimeMSExpired"],
  codes.outage["LinearizableReadConcernError"]
])

/** What strangers may know of a probe that failed. */
const problemOf = (cause: unknown): string => {
  if (mongoVerdict(cause) === "refusal") return "MongoDB refuses this process; the log says why"
  return cause instanceof mongo.MongoServerError && noMajority.has(cause.code)
    ? "MongoDB has no majority to write to"
    : "MongoDB's primary does not answer"
}

type State =
  | { readonly _tag: "Connecting" }
  | { readonly _tag: "Ready" }
  /** Answers, and cannot be used until an operator acts; `reason` is free of secrets. */
  | { readonly _tag: "Refused"; readonly reason: string }
  | { readonly _tag: "Closed" }

const reconnect = Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("2 seconds")])

/**
 * First the driver's client: `destroy` alone would wait for a pending `openUri`. A server that does
 * not answer the farewell is not waited for.
 */
const close = (connection: Connection) =>
  Effect.promise(async () => {
    await connection.getClient()?.close()
    await connection.destroy()
  }).pipe(Effect.interruptible, Effect.timeoutOption(Duration.seconds(2)), Effect.asVoid)

const classify = (cause: unknown): Effect.Effect<never, MongoUnavailable> =>
  isUnavailable(cause) ? Effect.fail(new MongoUnavailable({ cause })) : Effect.die(cause)

const classifyOpening = (cause: unknown): Effect.Effect<never, MongoUnavailable | MongoRefused> => {
  const refusal = refusalOf(cause)
  return Option.isNone(refusal) ? classify(cause) : Effect.fail(refusal.value)
}

const attempt = <A>(work: () => Promise<A>): Effect.Effect<A, MongoUnavailable> =>
  Effect.catch(Effect.tryPromise({ try: work, catch: (cause) => cause }), classify)

const make = Effect.fnUntraced(function* (
  options: MongoOptions
): Effect.fn.Return<MongoConnection["Service"], MongoRefused, Scope.Scope> {
  const state = yield* Ref.make<State>({ _tag: "Connecting" })
  const connection = yield* Effect.acquireRelease(
    Effect.sync(() => createConnection()),
    (connection) => Effect.andThen(Ref.set(state, { _tag: "Closed" }), close(connection))
  )

  /** Of the client of the last attempt: each has its own. */
  let pools: Readonly<PoolCounts> = { open: 0, inUse: 0, waiting: 0 }
  yield* readGauge(mongoConnections.in_use, () => pools.inUse)
  yield* readGauge(mongoConnections.idle, () => pools.open - pools.inUse)
  yield* readGauge(mongoWaiting, () => pools.waiting)

  const open = Effect.gen(function* () {
    yield* Effect.tryPromise({
      try: () => {
        const opening = connection.openUri(Redacted.value(options.uri), connectOptions())
        // There once `openUri` has returned, which is before it connects; not where the URI was refused.
        const client = Option.fromNullishOr(connection.getClient())
        if (Option.isSome(client)) pools = countPools(client.value)
        return opening
      },
      catch: (cause) => cause
    }).pipe(Effect.catch(classifyOpening))
    const hello = yield* attempt(() => connection.getClient().db("admin").command({ hello: 1 }))
    // A member says its set's name, a router that it is one.
    if (hello["setName"] === undefined && hello["msg"] !== "isdbgrid") {
      return yield* new StandaloneMongo({})
    }
    yield* Ref.set(state, { _tag: "Ready" })
  }).pipe(
    // Or the next `openUri` would be answered with this attempt's client.
    Effect.tapCause((cause) =>
      Cause.hasInterrupts(cause) ? Effect.void : Effect.promise(() => connection.close())
    )
  )

  const note = Effect.fnUntraced(function* (cause: Cause.Cause<MongoUnavailable | MongoRefused>) {
    const error = cause.reasons.find(Cause.isFailReason)?.error
    if (error?._tag === "MongoUnavailable") return yield* Ref.set(state, { _tag: "Connecting" })
    const reason = error?.message ?? "MongoDB refuses the connection; the log says why"
    const before = yield* Ref.getAndSet(state, { _tag: "Refused", reason })
    // It lasts until an operator acts: one line, not one for each attempt.
    if (before._tag !== "Refused") yield* Effect.logError("MongoDB cannot be used", cause)
  })

  const keepTrying = open.pipe(
    Effect.sandbox,
    Effect.tapError(note),
    Effect.retry(reconnect),
    Effect.andThen(Effect.logInfo("connected to MongoDB"))
  )

  yield* open.pipe(
    Effect.catchTag("MongoUnavailable", ({ cause }) =>
      Effect.logWarning("MongoDB is not reachable; trying on").pipe(
        Effect.annotateLogs({ reason: cause instanceof Error ? cause.message : String(cause) }),
        Effect.andThen(Effect.forkScoped(keepTrying))
      )
    )
  )

  const run = Effect.fnUntraced(function* <A>(
    work: () => Promise<A>,
    deadline: Duration.Duration = defaultDeadline
  ) {
    const current = yield* Ref.get(state)
    if (current._tag !== "Ready") {
      return yield* new MongoUnavailable({ cause: new Error(`not connected: ${current._tag}`) })
    }
    return yield* attempt(work).pipe(
      Effect.timeoutOrElse({
        duration: deadline,
        orElse: () =>
          Effect.fail(
            new MongoUnavailable({
              cause: new Error(`no answer within ${Duration.toMillis(deadline)} ms`)
            })
          )
      })
    )
  })

  /**
   * A linearizable read has the primary write a no-op to its oplog and wait until a majority has it. So it asks
   * what a majority write would, without a right to write and without a document. All clusters of Atlas have it
   * (https://www.mongodb.com/docs/manual/reference/read-concern-linearizable).
   */
  const probe = run(
    () =>
      connection.collection<{ readonly _id: string }>(probed).findOne(
        { _id: nothing },
        {
          readConcern: { level: "linearizable" },
          maxTimeMS: Duration.toMillis(majorityDeadline)
        }
      ),
    probeDeadline
  )
  const lastProblem = yield* Ref.make(Option.none<string>())
  /** One line for each change. Balancers ask for readiness every few seconds. */
  const tell = Effect.fnUntraced(function* (problem: string, cause: unknown) {
    const before = yield* Ref.getAndSet(lastProblem, Option.some(problem))
    if (!Option.contains(before, problem))
      yield* Effect.annotateLogs(Effect.logWarning(problem), { reason: String(cause) })
    return Option.some(problem)
  })
  const problem = Ref.get(state).pipe(
    Effect.flatMap((current) =>
      current._tag === "Refused"
        ? Effect.succeedSome(current.reason)
        : probe.pipe(
            Effect.andThen(Ref.set(lastProblem, Option.none())),
            Effect.as(Option.none<string>()),
            Effect.catch(({ cause }) => tell(problemOf(cause), cause))
          )
    )
  )

  return MongoConnection.of({ mongoose: connection, run, problem })
})

/** Fails only for what an operator has to mend. A server that is not there is waited for. */
export const layer = (options: MongoOptions): Layer.Layer<MongoConnection, MongoRefused> =>
  Layer.effect(MongoConnection, make(options))
