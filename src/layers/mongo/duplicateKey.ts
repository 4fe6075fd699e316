// A write that a unique index refused.
import { mongo } from "mongoose"

export const isDuplicateKey = (error: unknown): error is mongo.MongoServerError =>
  error instanceof mongo.MongoServerError && error.code === 11000
