// The stores: on MongoDB, or embedded.
import { Layer, type Redacted } from "effect"
import * as MemoryAccountStore from "../layers/memory/MemoryAccountStore.ts"
import * as MemoryAuditLog from "../layers/memory/MemoryAuditLog.ts"
import * as MemoryDatabase from "../layers/memory/MemoryDatabase.ts"
import * as MemoryOrderStore from "../layers/memory/MemoryOrderStore.ts"
import * as MemoryProductStore from "../layers/memory/MemoryProductStore.ts"
import * as MemorySessionStore from "../layers/memory/MemorySessionStore.ts"
import * as MemoryVerificationStore from "../layers/memory/MemoryVerificationStore.ts"
import * as abandonedTransactions from "../layers/mongo/abandonedTransactions.ts"
import * as MongoAccountStore from "../layers/mongo/MongoAccountStore.ts"
import * as MongoAuditLog from "../layers/mongo/MongoAuditLog.ts"
import * as MongoConnection from "../layers/mongo/MongoConnection.ts"
import * as MongoOrderStore from "../layers/mongo/MongoOrderStore.ts"
import * as MongoProductStore from "../layers/mongo/MongoProductStore.ts"
import * as MongoSessionStore from "../layers/mongo/MongoSessionStore.ts"
import * as MongoVerificationStore from "../layers/mongo/MongoVerificationStore.ts"
import { mongoProblem } from "../layers/mongo/mongoProblem.ts"
import { check, MongoCheck } from "./checks.ts"

/** Keeps the connection in the open for commands that need it, such as `migrate`. */
export const mongo = (uri: Redacted.Redacted) =>
  Layer.mergeAll(
    MongoAccountStore.layer,
    MongoVerificationStore.layer,
    MongoSessionStore.layer,
    MongoProductStore.layer,
    MongoOrderStore.layer,
    MongoAuditLog.layer,
    abandonedTransactions.layer,
    check(MongoCheck, mongoProblem)
  ).pipe(Layer.provideMerge(MongoConnection.layer({ uri })))

export const memory = Layer.mergeAll(
  MemoryAccountStore.layer,
  MemoryVerificationStore.layer,
  MemorySessionStore.layer,
  MemoryAuditLog.layer(),
  Layer.merge(MemoryProductStore.layer, MemoryOrderStore.layer).pipe(
    Layer.provide(MemoryDatabase.layer)
  )
)
