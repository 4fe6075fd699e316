// A connection to a fresh database with all collections and indexes, for one suite.
import { Layer, Redacted } from "effect"
import { layer } from "../../../src/layers/mongo/MongoConnection.ts"
import { migrate } from "../../../src/layers/mongo/migrate.ts"
import { withDatabase } from "../../../tools/harness/mongo.ts"

export const migratedDatabase = (uri: string) =>
  Layer.effectDiscard(migrate).pipe(
    Layer.provideMerge(layer({ uri: Redacted.make(withDatabase(uri)) }))
  )
