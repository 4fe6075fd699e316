// Transactions with our own retry loop (the driver's may continue for two minutes): after a conflict all of the work
// runs again on a fresh snapshot, within the caller's deadline, and no session is left open.
import { Data, Duration, Effect, Random, Schedule, Semaphore } from "effect"
import { mongo } from "mongoose"
import { isDuplicateKey } from "./duplicateKey.ts"
import { type MongoConnection, MongoUnavailable } from "./MongoConnection.ts"
import { mongoVerdict } from "./mongoErrors.ts"

/** The commit was sent and its answer is lost: the work may have been done, or may yet be. */
export class CommitUnknown extends Data.TaggedError("CommitUnknown")<{
  readonly cause: unknown
}> {}

/** Within which a use of transactions answers, its retries included: less than a request may take. */
const deadline = Duration.seconds(8)

/**
 * Of one store. More of them mostly make each other fail: 160 transactions that want the same stock
 * took 2 s four at a time, 3 to 5 s one or eight at a time, and most had failed after 8 s without a bound.
 */
const transactionsAtOnce = 4

/**
 * A conflict means that another transaction on the same document is about to commit, which takes 5 to
 * 20 ms. So the first retry comes after about one such time, and every further one waits twice as
 * long, up to 160 ms: with several processes on one SKU, the loser tries often enough to
 * get in between two batches of the others. Each wait is drawn from the whole range below it, since
 * losers that wait alike collide again.
 */
const conflictBackoff = Schedule.min([
  Schedule.exponential("10 millis"),
  Schedule.spaced("160 millis")
]).pipe(
  Schedule.modifyDelay(({ duration }) =>
    Effect.map(Random.next, (part) => Duration.times(duration, part))
  )
)

/** A lost answer comes from a broken connection or an election: worth a few tries, not many. */
const commitBackoff = Schedule.exponential("50 millis").pipe(
  Schedule.jittered,
  Schedule.upTo({ times: 3 })
)

/** How long the code waits for the end of a session, which continues in the background after that. */
const endDeadline = Duration.millis(500)

const transactionOptions: mongo.TransactionOptions = {
  readConcern: { level: "snapshot" },
  writeConcern: { w: "majority" },
  readPreference: "primary"
}

interface Transaction {
  readonly session: mongo.ClientSession
  readonly abandoned: AbortController
  /** Settles when the command in flight has ended; never rejects. */
  inFlight: Promise<unknown>
}

export interface Run {
  readonly session: mongo.ClientSession
  /** Aborted once no caller waits: look at it between reading and writing. */
  readonly signal: AbortSignal
  /** Whether an earlier run of the same work failed, or may have been committed. */
  readonly again: boolean
}

/** The work of a transaction: reads, decides and writes through its session, and may run several times. */
export type TransactionWork<A> = (run: Run) => Promise<A>

const transient = "TransientTransactionError"
const unknownCommit = "UnknownTransactionCommitResult"

const hasLabel = (error: unknown, label: string): boolean =>
  error instanceof mongo.MongoError && error.hasErrorLabel(label)

/** What this snapshot does not show and another transaction has done: to be read afresh. */
export const conflict = (message: string, cause?: Error): mongo.MongoError => {
  const error = new mongo.MongoError(message, cause === undefined ? {} : { cause })
  error.addErrorLabel(transient)
  return error
}

/** A duplicate key is a twin that another process has committed since: the server does not label it. */
const labelled = (error: unknown): unknown =>
  isDuplicateKey(error)
    ? conflict("a document with this key was committed meanwhile", error)
    : error

const begin = (connection: MongoConnection["Service"]) =>
  connection.run(async (): Promise<Transaction> => {
    const session = await connection.mongoose.startSession()
    session.startTransaction(transactionOptions)
    return { session, abandoned: new AbortController(), inFlight: Promise.resolve() }
  })

const step = <A>(
  connection: MongoConnection["Service"],
  transaction: Transaction,
  work: () => Promise<A>
) =>
  connection.run(() => {
    const running = work().catch((error: unknown) => Promise.reject(labelled(error)))
    transaction.inFlight = running.catch(() => undefined)
    return running
  })

const commit = (connection: MongoConnection["Service"], transaction: Transaction) =>
  step(connection, transaction, () => transaction.session.commitTransaction()).pipe(
    Effect.retry({
      schedule: commitBackoff,
      while: ({ cause }) => hasLabel(cause, unknownCommit)
    }),
    Effect.mapError(({ cause }) =>
      hasLabel(cause, transient) ? new MongoUnavailable({ cause }) : new CommitUnknown({ cause })
    )
  )

/**
 * Ends the session, which aborts what was not committed. Only after the command in flight: an abort
 * that overtook the first command of a transaction would leave it open on the server.
 */
const end = (transaction: Transaction) =>
  Effect.suspend(() => {
    transaction.abandoned.abort()
    // A transaction that can't be aborted from here is aborted by the server after its time limit.
    const ended = transaction.inFlight
      .then(() => transaction.session.endSession())
      .catch(() => undefined)
    return Effect.interruptible(Effect.promise(() => ended)).pipe(Effect.timeoutOption(endDeadline))
  })

const attempt = <A>(
  connection: MongoConnection["Service"],
  work: TransactionWork<A>,
  again: boolean
) =>
  Effect.acquireUseRelease(
    begin(connection),
    (transaction) =>
      step(connection, transaction, () =>
        work({ session: transaction.session, signal: transaction.abandoned.signal, again })
      ).pipe(Effect.tap(() => commit(connection, transaction))),
    end
  )

/** A refusal lasts until an operator acts: to try on would only ask the server for one connection after another. */
const endsByItself = (error: unknown): boolean =>
  ["outage", "conflict"].includes(mongoVerdict(error))

/** Gives up after 8 s. What is around a transaction, such as several of them in turn, counts too. */
export const withDeadline = <A, E>(
  use: Effect.Effect<A, E>
): Effect.Effect<A, E | MongoUnavailable> =>
  Effect.timeoutOrElse(use, {
    duration: deadline,
    orElse: () =>
      Effect.fail(
        new MongoUnavailable({
          cause: new Error(`no transaction succeeded within ${Duration.toSeconds(deadline)} s`)
        })
      )
  })

export type Transact = <A>(
  work: TransactionWork<A>,
  options: {
    /** Whether the work finds what an earlier run of it has committed: then an unknown commit is retried. */
    readonly repeatable: boolean
  }
) => Effect.Effect<A, MongoUnavailable | CommitUnknown>

/**
 * Runs work in transactions on a majority snapshot, committed with `w: majority`. Conflicts and outages
 * are retried until the caller gives up.
 */
export const makeTransact = (connection: MongoConnection["Service"]): Effect.Effect<Transact> =>
  Effect.map(
    Semaphore.make(transactionsAtOnce),
    (turns): Transact =>
      (work, { repeatable }) =>
        Effect.suspend(() => {
          let runs = 0
          return Effect.suspend(() => attempt(connection, work, runs++ > 0)).pipe(
            Effect.retry({
              schedule: conflictBackoff,
              while: (error) =>
                error._tag === "CommitUnknown" ? repeatable : endsByItself(error.cause)
            }),
            Semaphore.withPermit(turns)
          )
        })
  )
