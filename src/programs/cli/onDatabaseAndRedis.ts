// The commands on MongoDB and Redis.
import { Effect, Layer } from "effect"
import { ordersConfig } from "../config/config.ts"
import { mongo } from "../live/mongo.ts"
import { redis } from "../live/redis.ts"
import { idsAndBackground } from "./idsAndBackground.ts"
import { logging } from "./logging.ts"
import * as mails from "./mails.ts"
import * as orders from "./orders.ts"

export const layer = Layer.unwrap(
  Effect.map(ordersConfig, ({ mongoUri, redis: options, mailsPerSecond, logs }) =>
    idsAndBackground.pipe(
      Layer.provideMerge(
        Layer.merge(mongo(mongoUri), redis(options, { factor: 1 }, mailsPerSecond))
      ),
      Layer.provideMerge(logging(logs))
    )
  )
)

export const commands = { mails, orders }
