// What an operator does before a system is used: `migrate` and `admin grant` of the command line, in this process, since
// to start that one takes longer than the work.
import { Effect, Layer, Logger, Redacted } from "effect"
import * as RandomIdGenerator from "../../src/layers/crypto/RandomIdGenerator.ts"
import * as MongoAccountStore from "../../src/layers/mongo/MongoAccountStore.ts"
import * as MongoAuditLog from "../../src/layers/mongo/MongoAuditLog.ts"
import * as MongoConnection from "../../src/layers/mongo/MongoConnection.ts"
import { migrate } from "../../src/layers/mongo/migrate.ts"
import * as FiberBackground from "../../src/layers/runtime/FiberBackground.ts"
import { grantRole } from "../../src/services/accounts/changeRole.ts"
import { fromCommandLine, Origin } from "../../src/services/audit/Origin.ts"

/** On the database that the URI names. Logs nothing. */
const on = (uri: string) =>
  Layer.mergeAll(
    MongoAccountStore.layer,
    MongoAuditLog.layer,
    RandomIdGenerator.layer,
    FiberBackground.layer({ shutdownSeconds: 15 }),
    Layer.succeed(Origin, fromCommandLine)
  ).pipe(
    Layer.provideMerge(MongoConnection.layer({ uri: Redacted.make(uri) })),
    Layer.provideMerge(Logger.layer([]))
  )

export const migrateDatabase = (uri: string): Promise<unknown> =>
  Effect.runPromise(Effect.provide(migrate, on(uri)))

export const grantAdmin = (uri: string, email: string): Promise<unknown> =>
  Effect.runPromise(Effect.provide(grantRole(email, "admin"), on(uri)))
