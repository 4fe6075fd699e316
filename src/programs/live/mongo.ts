// MongoDB, with the check that `/readyz` makes of it.
import { Layer, type Redacted } from "effect"
import * as abandonedTransactions from "../../layers/mongo/abandonedTransactions.ts"
import * as MongoAccountStore from "../../layers/mongo/MongoAccountStore.ts"
import * as MongoAuditLog from "../../layers/mongo/MongoAuditLog.ts"
import * as MongoConnection from "../../layers/mongo/MongoConnection.ts"
import * as MongoOrderSearch from "../../layers/mongo/MongoOrderSearch.ts"
import * as MongoOrderStore from "../../layers/mongo/MongoOrderStore.ts"
import * as MongoProductStore from "../../layers/mongo/MongoProductStore.ts"
import * as MongoSessionStore from "../../layers/mongo/MongoSessionStore.ts"
import * as MongoVerificationStore from "../../layers/mongo/MongoVerificationStore.ts"
import { mongoProblem } from "../../layers/mongo/mongoProblem.ts"
import { asks, Mongo } from "../readiness.ts"

/** Does a majority take writes, and are all indexes there? */
const asksMongo = asks(Mongo, mongoProblem)

/** Keeps the connection in the open for commands that need it, such as `migrate`. */
export const mongo = (uri: Redacted.Redacted) =>
  Layer.mergeAll(
    MongoAccountStore.layer,
    MongoVerificationStore.layer,
    MongoSessionStore.layer,
    MongoProductStore.layer,
    MongoOrderStore.layer,
    MongoOrderSearch.layer,
    MongoAuditLog.layer,
    abandonedTransactions.layer,
    asksMongo
  ).pipe(Layer.provideMerge(MongoConnection.layer({ uri })))
