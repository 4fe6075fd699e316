// `order-processing/layers/mongo`: stores on MongoDB, a replica set, and the migration that creates their collections
// and indexes.
export * as abandonedTransactions from "../../layers/mongo/abandonedTransactions.ts"
export * as MongoAccountStore from "../../layers/mongo/MongoAccountStore.ts"
export * as MongoAuditLog from "../../layers/mongo/MongoAuditLog.ts"
export * as MongoConnection from "../../layers/mongo/MongoConnection.ts"
export * as MongoOrderSearch from "../../layers/mongo/MongoOrderSearch.ts"
export * as MongoOrderStore from "../../layers/mongo/MongoOrderStore.ts"
export * as MongoProductStore from "../../layers/mongo/MongoProductStore.ts"
export * as MongoSessionStore from "../../layers/mongo/MongoSessionStore.ts"
export * as MongoVerificationStore from "../../layers/mongo/MongoVerificationStore.ts"
export { migrate } from "../../layers/mongo/migrate.ts"
