// A write that a unique index refused. If several keys are taken, the server's error names only one of them, `_id`
// before all others. A store for which this matters has to read which ones are taken.
import { mongo } from "mongoose"

export const isDuplicateKey = (error: unknown): error is mongo.MongoServerError =>
  error instanceof mongo.MongoServerError && error.code === 11000
