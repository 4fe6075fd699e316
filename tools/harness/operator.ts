// What an operator does before a system is used: `migrate` and `admin grant` of the command line, on its layers, in this
// process, since to start that one takes longer than the work.
import { Effect, Layer, Logger, Redacted } from "effect"
import { migrate } from "../../src/layers/mongo/migrate.ts"
import { idsAndBackground } from "../../src/programs/cli/idsAndBackground.ts"
import { mongo } from "../../src/programs/live/mongo.ts"
import { grantRole } from "../../src/services/accounts/changeRole.ts"
import { fromCommandLine, Origin } from "../../src/services/audit/Origin.ts"

/** On the database that the URI names. Logs nothing. */
const on = (uri: string) =>
  Layer.merge(idsAndBackground, Layer.succeed(Origin, fromCommandLine)).pipe(
    Layer.provideMerge(mongo(Redacted.make(uri))),
    Layer.provideMerge(Logger.layer([]))
  )

export const migrateDatabase = (uri: string): Promise<unknown> =>
  Effect.runPromise(Effect.provide(migrate, on(uri)))

export const grantAdmin = (uri: string, email: string): Promise<unknown> =>
  Effect.runPromise(Effect.provide(grantRole(email, "admin"), on(uri)))
