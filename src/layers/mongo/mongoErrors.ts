// Which errors of the driver mean "not reachable now, the same call may succeed later". Everything
// else is a bug or a refusal and must not be retried as if it were an outage.
import { Error as MongooseError, mongo } from "mongoose"

const classes = [
  MongooseError.MongooseServerSelectionError,
  mongo.MongoServerSelectionError,
  // Includes timeouts of sockets and cleared pools.
  mongo.MongoNetworkError,
  mongo.MongoOperationTimeoutError,
  mongo.MongoNotConnectedError,
  mongo.MongoTopologyClosedError,
  mongo.MongoServerClosedError,
  mongo.MongoClientClosedError,
  mongo.MongoStalePrimaryError
]

/** Errors of the connection pool, whose classes the driver does not export. */
const names = new Set([
  "MongoPoolClearedError",
  "MongoPoolClosedError",
  "MongoWaitQueueTimeoutError"
])

/** What the server or the driver itself calls worth another try. */
const labels = [
  "RetryableWriteError",
  "TransientTransactionError",
  "UnknownTransactionCommitResult",
  "SystemOverloadedError"
]

const codes = new Set([
  6, // HostUnreachable
  7, // HostNotFound
  43, // CursorNotFound: the node that held it is no longer asked
  50, // MaxTimeMSExpired
  64, // WriteConcernTimeout
  89, // NetworkTimeout
  91, // ShutdownInProgress
  112, // WriteConflict
  133, // FailedToSatisfyReadPreference
  134, // ReadConcernMajorityNotAvailableYet
  189, // PrimarySteppedDown
  262, // ExceededTimeLimit
  9001, // SocketException
  10058, // LegacyNotPrimary
  10107, // NotWritablePrimary
  11600, // InterruptedAtShutdown
  11602, // InterruptedDueToReplStateChange
  13435, // NotPrimaryNoSecondaryOk
  13436 // NotPrimaryOrSecondary
])

/** Writing to a socket that the server has closed: the driver lets Node's own error through. */
const socketCodes = new Set(["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED"])

/** A failed call of the operating system (`mongodb+srv` resolves before it connects), or such a write. */
const isSystemError = (error: Error): boolean =>
  "syscall" in error || ("code" in error && socketCodes.has(String(error.code)))

export const isUnavailable = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false
  if (classes.some((type) => error instanceof type) || names.has(error.name)) return true
  if (!(error instanceof mongo.MongoError)) return isSystemError(error)
  // A bulk write wraps what broke it, and the driver sets no label on a connection of a cleared pool.
  if (error instanceof mongo.MongoBulkWriteError && isUnavailable(error.errorResponse)) return true
  return (
    (typeof error.code === "number" && codes.has(error.code)) ||
    labels.some((label) => error.hasErrorLabel(label))
  )
}
