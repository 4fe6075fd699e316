// The meaning of an error of MongoDB, as data: by the driver's name for it, otherwise by the server's code, otherwise
// by the label of server or driver. An error that is not listed is a defect.
//
// Sources, read in November 2026:
// - codes and their categories: https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml.
//   Listed are the codes that a client may get of NetworkError, NotPrimaryError, ShutdownError, Interruption,
//   ExceededTimeLimitError, RetriableError, SnapshotError, StaleShardVersionError, WriteConcernError and
//   SystemOverloadedError, and codes without a category whose name says the same.
// - names and labels: the classes of mongodb 7.8 (src/error.ts, src/cmap/errors.ts) and mongoose 9.12.
// - Atlas's messages: https://www.mongodb.com/docs/atlas/unsupported-commands,
//   https://jira.mongodb.org/browse/DOCS-11706, and as they were met in
//   https://github.com/Automattic/mongoose/issues/7673, https://github.com/Automattic/mongoose/issues/14625,
//   https://github.com/dbeaver/dbeaver/issues/7802, https://github.com/Yooooomi/your_spotify/issues/324.
import { mongo } from "mongoose"

export type MongoVerdict =
  /** The server, a majority of its set or the way to it fails for now. It ends by itself. */
  | "outage"
  /** Another write came between. The same work succeeds on a fresh read. */
  | "conflict"
  /** The server answers, and refuses this process until an operator acts. To callers it is an outage. */
  | "refusal"
  /** The call itself is wrong: it fails again on every server. */
  | "defect"

type Listed = Exclude<MongoVerdict, "defect">

/** The driver's and mongoose's errors, whose codes are no codes of the server. */
export const names: Readonly<Record<Listed, ReadonlyArray<string>>> = {
  outage: [
    "MongooseServerSelectionError",
    "MongoServerSelectionError",
    "MongoNetworkError",
    "MongoNetworkTimeoutError",
    "MongoOperationTimeoutError",
    "MongoPoolClearedError",
    "PoolClearedOnNetworkError",
    "MongoPoolClosedError",
    "MongoWaitQueueTimeoutError",
    "MongoNotConnectedError",
    "MongoTopologyClosedError",
    "MongoServerClosedError",
    "MongoClientClosedError",
    "MongoStalePrimaryError",
    // A retry met a server that can't take it, as after a change of the set.
    "MongoUnexpectedServerResponseError"
  ],
  // The session ended under its transaction: the work runs again in another one.
  conflict: ["MongoExpiredSessionError"],
  // No credentials to be had for a new connection.
  refusal: [
    "MongoMissingCredentialsError",
    "MongoAWSError",
    "MongoOIDCError",
    "MongoAzureError",
    "MongoGCPError",
    "MongoKerberosError"
  ]
}

/** The server's codes. */
export const codes: Readonly<Record<Listed, Readonly<Record<string, number>>>> = {
  outage: {
    HostUnreachable: 6,
    HostNotFound: 7,
    // The node that held the cursor is no longer asked.
    CursorNotFound: 43,
    MaxTimeMSExpired: 50,
    // WriteConcernFailed before MongoDB 8.1.
    WriteConcernTimeout: 64,
    NetworkTimeout: 89,
    ShutdownInProgress: 91,
    NotYetInitialized: 94,
    FailedToSatisfyReadPreference: 133,
    ReadConcernMajorityNotAvailableYet: 134,
    PooledConnectionsDropped: 145,
    QueryPlanKilled: 175,
    LinearizableReadConcernError: 187,
    PrimarySteppedDown: 189,
    NetworkInterfaceExceededTimeLimit: 202,
    KeyNotFound: 211,
    ElectionInProgress: 216,
    CursorKilled: 237,
    ExceededTimeLimit: 262,
    TooManyFilesOpen: 264,
    ClientDisconnect: 279,
    TransactionCoordinatorSteppingDown: 281,
    InterruptedDueToStorageChange: 355,
    InternalTransactionNotSupported: 358,
    TemporarilyUnavailable: 365,
    ResourceExhausted: 402,
    MigrationBlockingOperationCoordinatorCleaningUp: 406,
    PooledConnectionAcquisitionExceededTimeLimit: 407,
    UpdatesStillPending: 412,
    AdmissionQueueOverflow: 433,
    RateLimitExceeded: 449,
    PooledConnectionAcquisitionRejected: 450,
    InterruptedDueToReshardingCriticalSection: 453,
    IngressRequestRateLimitExceeded: 462,
    SocketException: 9001,
    LegacyNotPrimary: 10058,
    NotWritablePrimary: 10107,
    InterruptedAtShutdown: 11600,
    Interrupted: 11601,
    InterruptedDueToReplStateChange: 11602,
    NotPrimaryNoSecondaryOk: 13435,
    NotPrimaryOrSecondary: 13436,
    ClientMarkedKilled: 46841,
    BackupCursorOpenConflictWithCheckpoint: 50915,
    RetriableRemoteCommandFailure: 91331,
    InterruptedDueToFCVChange: 10045600
  },
  conflict: {
    LockTimeout: 24,
    LockBusy: 46,
    WriteConflict: 112,
    ConflictingOperationInProgress: 117,
    StaleEpoch: 150,
    TransactionTooOld: 225,
    SnapshotTooOld: 239,
    SnapshotUnavailable: 246,
    StaleDbVersion: 249,
    StaleChunkHistory: 250,
    NoSuchTransaction: 251,
    PreparedTransactionInProgress: 267,
    MigrationConflict: 272,
    TransactionCoordinatorReachedAbortDecision: 282,
    TransactionExceededLifetimeLimitSeconds: 290,
    RetryableTransactionInProgress: 363,
    StaleConfig: 13388
  },
  refusal: {
    UserNotFound: 11,
    Unauthorized: 13,
    AuthenticationFailed: 18,
    AuthSchemaIncompatible: 69,
    NoReplicationEnabled: 76,
    UnknownReplWriteConcern: 79,
    UnsatisfiableWriteConcern: 100,
    NotAReplicaSet: 123,
    ReadConcernMajorityNotEnabled: 148,
    AuthenticationRestrictionUnmet: 214,
    MechanismUnavailable: 334,
    UserWritesBlocked: 371,
    ReauthenticationRequired: 391,
    InvalidJWT: 392,
    LDAPRoleAcquisitionError: 404,
    OutOfDiskSpace: 14031
  }
}

/** Of a server whose code is not listed. */
const labels: Readonly<Record<Exclude<Listed, "refusal">, ReadonlyArray<string>>> = {
  outage: [
    "RetryableWriteError",
    "UnknownTransactionCommitResult",
    "SystemOverloadedError",
    "RetryableError"
  ],
  conflict: ["TransientTransactionError"]
}

/** Atlas's proxies have one code for all that they refuse themselves. */
const atlasError = 8000

/**
 * Of Atlas's messages, those about a command or an argument that its tier does not have. All others are refusals:
 * "bad auth : authentication failed", "user is not allowed to do action [find] on [orders.products]", "not authorized
 * on admin to execute command …", "you are over your space quota, using 513 MB of 512 MB. …", "cannot create a new
 * collection -- already using 500 collections of 500". A paused cluster has no message: nothing answers there.
 */
const atlasDefect =
  /^CMD_NOT_ALLOWED|^Unallowed argument|allowed in this atlas tier|is not allowed or the syntax is incorrect/u

const byKey = <K>(entries: ReadonlyArray<readonly [Listed, ReadonlyArray<K>]>) =>
  new Map(entries.flatMap(([verdict, keys]) => keys.map((key) => [key, verdict] as const)))

const listed = ["outage", "conflict", "refusal"] as const
const verdictsByName = byKey(listed.map((verdict) => [verdict, names[verdict]]))
const verdictsByCode = byKey(listed.map((verdict) => [verdict, Object.values(codes[verdict])]))

const ofLabel = (error: mongo.MongoError): MongoVerdict => {
  const has = (label: string): boolean => error.hasErrorLabel(label)
  if (labels.conflict.some(has)) return "conflict"
  return labels.outage.some(has) ? "outage" : "defect"
}

/** Writing to a socket that the server has closed: the driver lets Node's own error through. */
const socketCodes = new Set(["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED"])

/** A failed call of the operating system (`mongodb+srv` resolves before it connects), or such a write. */
const isSystemError = (error: Error): boolean =>
  "syscall" in error || ("code" in error && socketCodes.has(String(error.code)))

export const mongoVerdict = (error: unknown): MongoVerdict => {
  if (!(error instanceof Error)) return "defect"
  const named = verdictsByName.get(error.name)
  // A pool is cleared, and no server selected, also where the server has refused a new connection.
  if (named === "outage" && mongoVerdict(error.cause) === "refusal") return "refusal"
  if (named !== undefined) return named
  if (!(error instanceof mongo.MongoError)) return isSystemError(error) ? "outage" : "defect"
  // A bulk write wraps what broke it, and the driver sets no label on a connection of a cleared pool.
  const wrapped =
    error instanceof mongo.MongoBulkWriteError ? mongoVerdict(error.errorResponse) : "defect"
  if (wrapped !== "defect") return wrapped
  if (error.code === atlasError) return atlasDefect.test(error.message) ? "defect" : "refusal"
  return (typeof error.code === "number" && verdictsByCode.get(error.code)) || ofLabel(error)
}

/** Whether callers should take it for an outage: all but a defect. */
export const isUnavailable = (error: unknown): boolean => mongoVerdict(error) !== "defect"
