// Which errors of the driver are an outage.
import { assert, describe, it } from "@effect/vitest"
import { Error as MongooseError, mongo } from "mongoose"
import { isUnavailable } from "../../../src/layers/mongo/unavailable.ts"

const serverError = (code: number) => new mongo.MongoServerError({ message: "refused", code })

const labelled = (label: string) => {
  const error = new mongo.MongoServerError({ message: "refused" })
  error.addErrorLabel(label)
  return error
}

const named = (name: string) =>
  Object.defineProperty(new mongo.MongoError("no connection"), "name", { value: name })

const noResult = { insertedCount: 0 }

const ofBulkWrite = (cause: Error) =>
  // What the driver does with the error of a whole batch; its types know the server's answers only.
  Reflect.construct(mongo.MongoBulkWriteError, [cause, noResult])

describe("an error of MongoDB", () => {
  const outages: ReadonlyArray<readonly [string, unknown]> = [
    ["a broken connection", new mongo.MongoNetworkError("reset")],
    ["a socket's timeout", new mongo.MongoNetworkTimeoutError("timed out")],
    ["no server found", new MongooseError.MongooseServerSelectionError("none")],
    ["a closed client", new mongo.MongoNotConnectedError("closed")],
    ["a cleared pool", named("MongoPoolClearedError")],
    ["a bulk write whose connection broke", ofBulkWrite(new mongo.MongoNetworkError("reset"))],
    ["a bulk write whose pool was cleared", ofBulkWrite(named("MongoPoolClearedError"))],
    ["a full pool", named("MongoWaitQueueTimeoutError")],
    ["a node that is not the primary", serverError(10107)],
    ["a primary that stepped down", serverError(189)],
    ["the server's own deadline", serverError(50)],
    ["no majority in time", serverError(64)],
    ["a retryable write", labelled("RetryableWriteError")],
    ["a conflict of transactions", labelled("TransientTransactionError")],
    ["an overloaded server", labelled("SystemOverloadedError")],
    ["a write to a closed socket", Object.assign(new Error("ended"), { code: "EPIPE" })],
    ["a name that does not resolve", Object.assign(new Error("ENOTFOUND"), { syscall: "querySrv" })]
  ]
  it.for(outages)("is an outage: %s", ([, error]) => {
    assert.isTrue(isUnavailable(error))
  })

  const faults: ReadonlyArray<readonly [string, unknown]> = [
    ["a duplicate key", serverError(11000)],
    ["a bulk write that the server refuses", ofBulkWrite(serverError(11000))],
    ["a wrong password", serverError(18)],
    ["a missing permission", serverError(13)],
    ["an unknown option", new mongo.MongoInvalidArgumentError("no such option")],
    ["a field that no schema has", new MongooseError.StrictModeError("extra")],
    ["a value that does not fit", new MongooseError.ValidationError()],
    ["a bug", new TypeError("undefined is not a function")],
    ["something that is no error", "no"]
  ]
  it.for(faults)("is not an outage: %s", ([, error]) => {
    assert.isFalse(isUnavailable(error))
  })
})
