// Aborts transactions that their process left open because it was killed or is paused. Their writes would conflict with
// others until the server's own limit (60 s by default; 75 to 83 s as measured), since the server does not abort a
// transaction when its connection closes.
import { Cause, Duration, Effect, Layer, Option, Schedule } from "effect"
import { MongoConnection, type MongoUnavailable } from "./MongoConnection.ts"
import { mongoVerdict } from "./mongoErrors.ts"

/**
 * How long the server must have waited for the commands of a transaction, all in all. Ours wait for
 * milliseconds each, and their callers for 8 s in all: a process that was this slow runs its work again.
 */
const idleTime = Duration.seconds(5)
/** Costs the server 1 to 3 ms. */
const interval = Duration.seconds(2)

/** How many were ended. Only those of this database user and `appName`. */
const endAbandoned = ({ mongoose, run }: MongoConnection["Service"]) =>
  run(async () => {
    // There is no client before the first connection.
    const client = mongoose.getClient()
    const admin = client.db("admin")
    const idle = await admin
      .aggregate<{ readonly lsid: { readonly id: unknown } }>(
        [
          { $currentOp: { allUsers: false, idleSessions: true } },
          {
            $match: {
              type: "idleSession",
              "transaction.timeInactiveMicros": { $gt: Duration.toMillis(idleTime) * 1000 },
              // Null matches a name that is missing.
              "clientMetadata.application.name": client.options.appName ?? null
            }
          }
        ],
        { readConcern: { level: "local" } }
      )
      .toArray()
    if (idle.length > 0)
      await admin.command({ killSessions: idle.map(({ lsid: { id } }) => ({ id })) })
    return idle.length
  })

const report = (count: number): Effect.Effect<void> =>
  count === 0 ? Effect.void : Effect.logWarning("ended abandoned transactions", { count })

const isOutage = (cause: Cause.Cause<MongoUnavailable>): boolean =>
  Option.exists(Cause.findErrorOption(cause), (error) => mongoVerdict(error.cause) !== "refusal")

/** Every process looks; the second to look finds none. */
export const layer: Layer.Layer<never, never, MongoConnection> = Layer.effectDiscard(
  Effect.gen(function* () {
    const connection = yield* MongoConnection
    let warned = false
    /** The search continues: the rights may be restored, as after a password change. */
    const warn = (cause: Cause.Cause<MongoUnavailable>) =>
      Effect.suspend(() => {
        if (warned) return Effect.void
        warned = true
        return Effect.logWarning(
          "MongoDB does not let this process look for its own abandoned transactions: " +
            "they end after the server's transactionLifetimeLimitSeconds",
          cause
        )
      })
    yield* endAbandoned(connection).pipe(
      Effect.flatMap(report),
      Effect.catchCause((cause) => {
        if (Cause.hasInterruptsOnly(cause)) return Effect.failCause(cause)
        // Each call that needs the database reports the outage.
        return isOutage(cause) ? Effect.void : warn(cause)
      }),
      Effect.repeat(Schedule.spaced(interval)),
      Effect.forkScoped
    )
  })
)
