// A write that a unique index refused. The error does not say all: where several keys are taken the server
// names one of them, `_id` before all others. A store to whom they differ has to look what is there.
import { mongo } from "mongoose"

export const isDuplicateKey = (error: unknown): error is mongo.MongoServerError =>
  error instanceof mongo.MongoServerError && error.code === 11000
