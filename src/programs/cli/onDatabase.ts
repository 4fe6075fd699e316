// The commands on MongoDB.
import { Effect, Layer } from "effect"
import { cliConfig } from "../config/config.ts"
import { mongo } from "../live/mongo.ts"
import * as accounts from "./accounts.ts"
import * as database from "./database.ts"
import { idsAndBackground } from "./idsAndBackground.ts"
import { logging } from "./logging.ts"
import * as orders from "./orders.ts"
import * as stock from "./stock.ts"
import * as users from "./users.ts"

export const layer = Layer.unwrap(
  Effect.map(cliConfig, ({ mongoUri, logs }) =>
    idsAndBackground.pipe(Layer.provideMerge(mongo(mongoUri)), Layer.provideMerge(logging(logs)))
  )
)

export const commands = { accounts, database, orders, stock, users }
