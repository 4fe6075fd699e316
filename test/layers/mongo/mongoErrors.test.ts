// What errors of the driver, of the server and of Atlas mean: one list for each verdict, all that the server and the
// driver have, and the table in docs/reliability.md.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Error as MongooseError, mongo } from "mongoose"
import {
  codes,
  isUnavailable,
  type MongoVerdict,
  mongoVerdict,
  names
} from "../../../src/layers/mongo/mongoErrors.ts"

const serverError = (code: number, message = "refused") =>
  new mongo.MongoServerError({ message, code })

const labelled = (label: string) => {
  const error = new mongo.MongoServerError({ message: "refused" })
  error.addErrorLabel(label)
  return error
}

const named = (name: string, cause?: Error) =>
  Object.defineProperty(new mongo.MongoError("no connection", cause && { cause }), "name", {
    value: name
  })

const noResult = { insertedCount: 0 }

const ofBulkWrite = (cause: Error) =>
  // What the driver does with the error of a whole batch; its types know the server's answers only.
  Reflect.construct(mongo.MongoBulkWriteError, [cause, noResult])

const wrongPassword = serverError(18, "Authentication failed.")

describe("an error of MongoDB", () => {
  const errors: Readonly<Record<MongoVerdict, ReadonlyArray<readonly [string, unknown]>>> = {
    outage: [
      ["a broken connection", new mongo.MongoNetworkError("reset")],
      ["a socket's timeout", new mongo.MongoNetworkTimeoutError("timed out")],
      ["no server found", new MongooseError.MongooseServerSelectionError("none")],
      ["a closed client", new mongo.MongoNotConnectedError("closed")],
      ["a closed topology", new mongo.MongoTopologyClosedError()],
      ["a cleared pool", named("MongoPoolClearedError")],
      ["a bulk write whose connection broke", ofBulkWrite(new mongo.MongoNetworkError("reset"))],
      ["a bulk write whose pool was cleared", ofBulkWrite(named("MongoPoolClearedError"))],
      ["a full pool", named("MongoWaitQueueTimeoutError")],
      ["a node that is not the primary", serverError(10107)],
      ["a primary that stepped down", serverError(189)],
      ["the server's own deadline", serverError(50)],
      ["no majority in time", serverError(64)],
      ["an operation that an operator killed", serverError(11601)],
      ["a storage engine under pressure", serverError(365)],
      ["a server that sheds load", serverError(462)],
      ["a retryable write", labelled("RetryableWriteError")],
      ["an overloaded server", labelled("SystemOverloadedError")],
      ["a write to a closed socket", Object.assign(new Error("ended"), { code: "EPIPE" })],
      [
        "a name that does not resolve",
        Object.assign(new Error("ENOTFOUND"), { syscall: "querySrv" })
      ]
    ],
    conflict: [
      ["a write of another client", serverError(112)],
      ["a transaction that the server has ended", serverError(251)],
      ["a snapshot that is gone", serverError(246)],
      ["a lock that does not come", serverError(24)],
      ["a conflict of transactions", labelled("TransientTransactionError")],
      ["a session that has ended", new mongo.MongoExpiredSessionError()]
    ],
    refusal: [
      ["a wrong password", wrongPassword],
      ["a pool cleared by a wrong password", named("MongoPoolClearedError", wrongPassword)],
      ["no server, for a wrong password", named("MongoServerSelectionError", wrongPassword)],
      ["a bulk write without a connection", ofBulkWrite(wrongPassword)],
      ["a missing permission", serverError(13)],
      ["writes that an operator has blocked", serverError(371)],
      ["a full disk", serverError(14031)],
      ["no credentials", new mongo.MongoMissingCredentialsError("none")],
      ["Atlas: a wrong password", serverError(8000, "bad auth : authentication failed")],
      [
        "Atlas: a missing permission",
        serverError(8000, "user is not allowed to do action [find] on [orders.products]")
      ],
      [
        "Atlas: no space left",
        serverError(
          8000,
          "you are over your space quota, using 513 MB of 512 MB. Writes are blocked on your cluster."
        )
      ],
      [
        "Atlas: too many collections",
        serverError(8000, "cannot create a new collection -- already using 500 collections of 500")
      ],
      ["Atlas: a message that is new", serverError(8000, "no")]
    ],
    defect: [
      ["a duplicate key", serverError(11000)],
      ["a bulk write that the server refuses", ofBulkWrite(serverError(11000))],
      ["a document that is too large", serverError(10334)],
      ["a code that is not listed", serverError(424242)],
      ["Atlas: a command that its tier lacks", serverError(8000, "CMD_NOT_ALLOWED: $currentOp")],
      [
        "Atlas: an argument that its tier lacks",
        serverError(8000, "Unallowed argument in listDatabases command: authorizedDatabases")
      ],
      ["an unknown option", new mongo.MongoInvalidArgumentError("no such option")],
      ["a field that no schema has", new MongooseError.StrictModeError("extra")],
      ["a value that does not fit", new MongooseError.ValidationError()],
      ["a bug", new TypeError("undefined is not a function")],
      ["something that is no error", "no"]
    ]
  }
  for (const [verdict, ofVerdict] of Object.entries(errors))
    it.for(ofVerdict)(`is a ${verdict}: %s`, ([, error]) => {
      assert.strictEqual(mongoVerdict(error), verdict)
      assert.strictEqual(isUnavailable(error), verdict !== "defect")
    })
})

describe("the server's codes", () => {
  // By the categories of error_codes.yml, without those that no client gets ("InternalOnly").
  const categories = {
    NetworkError: [6, 7, 89, 9001],
    NotPrimaryError: [189, 10107, 11602, 13435, 13436],
    ShutdownError: [91, 11600],
    Interruption: [
      ...[24, 50, 237, 262, 279, 281, 282, 290, 355, 453],
      ...[11600, 11601, 11602, 46841, 91331, 10045600]
    ],
    ExceededTimeLimitError: [50, 202, 262, 290, 407],
    RetriableError: [
      ...[6, 7, 89, 91, 134, 189, 262, 358, 402, 406, 407, 412, 453, 462],
      ...[9001, 10107, 11600, 11602, 13435, 13436, 50915, 91331, 10045600]
    ],
    SnapshotError: [239, 246, 250, 272],
    StaleShardVersionError: [150, 13388],
    WriteConcernError: [64, 79, 100],
    SystemOverloadedError: [433, 449, 450, 462]
  }
  for (const [category, ofCategory] of Object.entries(categories))
    it.for(ofCategory)(`of ${category} are no defects: %i`, (code) => {
      assert.notStrictEqual(mongoVerdict(serverError(code)), "defect")
    })

  it("have one verdict each", () => {
    const all = Object.values(codes).flatMap((ofVerdict) => Object.values(ofVerdict))
    assert.strictEqual(new Set(all).size, all.length)
  })
})

describe("the driver's errors", () => {
  /** Its own mistakes and ours, and bases of others. The server's errors go by their codes. */
  const defects = [
    ...["MongoAPIError", "MongoBatchReExecutionError", "MongoChangeStreamError"],
    ...["MongoClientBulkWriteCursorError", "MongoClientBulkWriteExecutionError"],
    ...["MongoCompatibilityError", "MongoCursorExhaustedError", "MongoCursorInUseError"],
    ...["MongoDecompressionError", "MongoDriverError", "MongoError", "MongoGridFSChunkError"],
    ...["MongoGridFSStreamError", "MongoInvalidArgumentError", "MongoMissingDependencyError"],
    ...["MongoParseError", "MongoRuntimeError", "MongoSystemError", "MongoTailableCursorError"],
    ...["MongoTransactionError", "MongoCryptError", "MongoCryptInvalidArgumentError"],
    ...["MongoCryptAzureKMSRequestError", "MongoCryptCreateDataKeyError"],
    ...["MongoCryptCreateEncryptedCollectionError", "MongoCryptKMSRequestNetworkTimeoutError"]
  ]
  const byCode = [
    ...["MongoServerError", "MongoBulkWriteError", "MongoClientBulkWriteError"],
    "MongoWriteConcernError"
  ]

  it("all have a verdict", () => {
    const sorted = new Set([...Object.values(names).flat(), ...defects, ...byCode])
    const exported = Object.values(mongo).flatMap((value: unknown) =>
      typeof value === "function" && value.prototype instanceof Error
        ? [String(Object.create(value.prototype).name)]
        : []
    )
    assert.deepStrictEqual(
      exported.filter((name) => !sorted.has(name)),
      []
    )
  })
})

describe("the table of docs/reliability.md", () => {
  const document = readFileSync(join(import.meta.dirname, "../../../docs/reliability.md"), "utf8")
  it.for(["outage", "conflict", "refusal"] as const)("names all of a %s", (verdict) => {
    const row = document.split("\n").find((line) => line.startsWith(`| ${verdict} |`)) ?? ""
    const said = new Set(row.match(/\w+/gu))
    const listed = [...names[verdict], ...Object.keys(codes[verdict])]
    assert.deepStrictEqual(
      listed.filter((name) => !said.has(name)),
      []
    )
  })
})
