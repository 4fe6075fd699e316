// Runs one command of the command line, on MongoDB and where it is needed on SQS.
import { Console, Data, Effect, Layer } from "effect"
import { sqsClient } from "../compose/aws.ts"
import { mongo } from "../compose/database.ts"
import { operator } from "../compose/operator.ts"
import { sqs } from "../compose/queue.ts"
import { cliConfig, deadLettersConfig } from "../config/config.ts"
import type { MongoConnection, MongoUnavailable } from "../layers/mongo/MongoConnection.ts"
import { type IndexRefused, migrate } from "../layers/mongo/migrate.ts"
import * as Environment from "../layers/node/Environment.ts"
import * as Logging from "../layers/node/Logging.ts"
import { commandLine, runMain } from "../layers/node/runMain.ts"
import { grantAdmin, revokeAdmin } from "../services/accounts/changeRole.ts"
import { endSessionsOf } from "../services/accounts/endSessionsOf.ts"
import type { AccountNotFound } from "../services/accounts/model/errors.ts"
import { accessTokenSeconds } from "../services/accounts/model/Session.ts"
import type { AccountStore, AccountStoreError } from "../services/accounts/ports/AccountStore.ts"
import type { SessionStore, SessionStoreError } from "../services/accounts/ports/SessionStore.ts"
import type { AuditLog } from "../services/audit/AuditLog.ts"
import { fromCommandLine, Origin } from "../services/audit/Origin.ts"
import { auditStock } from "../services/products/auditStock.ts"
import type { ProductStore, ProductStoreError } from "../services/products/ports/ProductStore.ts"
import { seedCatalogue } from "../services/products/seedCatalogue.ts"
import type { Background } from "../services/runtime/Background.ts"
import type { IdGenerator } from "../services/runtime/IdGenerator.ts"
import { deadLettersCommand } from "./deadLetters.ts"

class UsageError extends Data.TaggedError("UsageError")<Record<never, never>> {
  override get message(): string {
    return [
      "Usage: npm run cli -- COMMAND",
      "  migrate                         creates collections and indexes; safe to run again",
      "  seed                            puts a small catalogue with stock on sale; safe to run again",
      "  admin grant EMAIL               makes the user with this address an admin",
      "  admin revoke EMAIL              makes the admin with this address a user",
      "  sessions end EMAIL              ends all sessions of the user with this address",
      "  stock audit                     compares stock, movements and orders of every product",
      "  dead-letters list               what could not be processed, with its order and the reason",
      "  dead-letters redrive [ID…]      has the messages with these ids processed again, or all",
      "  dead-letters drop ID… | --all   deletes the messages with these ids, or all"
    ].join("\n")
  }
}

class StockOff extends Data.TaggedError("StockOff")<{ readonly skus: ReadonlyArray<string> }> {
  override get message(): string {
    return `The books do not agree for ${this.skus.length} products: ${this.skus.join(", ")}`
  }
}

const migrateDatabase = Effect.gen(function* () {
  for (const { collection, created, capped, indexes } of yield* migrate) {
    const changes = [
      ...(created ? ["created"] : []),
      ...(capped ? ["bounded"] : []),
      ...indexes.map((name) => `index ${name}`)
    ]
    yield* Console.log(`${collection}: ${changes.join(", ") || "up to date"}`)
  }
})

const seed = Effect.gen(function* () {
  const skus = yield* seedCatalogue()
  yield* Console.log(`for sale: ${skus.join(", ")}`)
})

const grant = Effect.fnUntraced(function* (email: string) {
  const user = yield* grantAdmin(email)
  yield* Console.log(`${user.email} is an admin, from the next login or refresh on`)
})

const revoke = Effect.fnUntraced(function* (email: string) {
  const user = yield* revokeAdmin(email)
  yield* Console.log(
    `${user.email} is no admin any more, from the next login or refresh on; a token that is out lasts at most ${accessTokenSeconds / 60} minutes`
  )
})

const endSessions = Effect.fnUntraced(function* (email: string) {
  const user = yield* endSessionsOf(email)
  yield* Console.log(
    `all sessions of ${user.email} have ended; a token that is out lasts at most ${accessTokenSeconds / 60} minutes, and the password is still the same`
  )
})

const auditBooks = Effect.gen(function* () {
  const { lines, off } = yield* auditStock
  for (const line of lines) {
    const { sku, available, moved, reserved } = line
    const verdict = off.includes(line) ? "OFF" : "ok"
    yield* Console.log(
      `${verdict}  ${sku}: available ${available} = moved ${moved} - reserved ${reserved}`
    )
  }
  if (off.length > 0) return yield* new StockOff({ skus: off.map(({ sku }) => sku) })
  yield* Console.log(`${lines.length} products, all books agree`)
})

type Command = Effect.Effect<
  void,
  | AccountNotFound
  | AccountStoreError
  | IndexRefused
  | MongoUnavailable
  | ProductStoreError
  | SessionStoreError
  | StockOff,
  AccountStore | AuditLog | Background | IdGenerator | MongoConnection | ProductStore | SessionStore
>

const command = (args: ReadonlyArray<string>): Command | undefined => {
  const [first, second, third] = args
  const line = args.join(" ")
  if (line === "migrate") return migrateDatabase
  if (line === "seed") return seed
  if (line === "stock audit") return auditBooks
  if (third !== undefined && args.length === 3) {
    if (first === "admin" && second === "grant") return grant(third)
    if (first === "admin" && second === "revoke") return revoke(third)
    if (first === "sessions" && second === "end") return endSessions(third)
  }
  return undefined
}

/** Long enough for a queue of tens of thousands. */
const deadLettersSeconds = 300

const deadLetters = Effect.fnUntraced(function* (args: ReadonlyArray<string>) {
  const chosen = deadLettersCommand(args)
  if (chosen === undefined) return yield* new UsageError()
  const { mongoUri, aws, queueUrl, deadLetterUrl, logs } = yield* deadLettersConfig
  const queues = { queueUrl, deadLetterQueueUrl: deadLetterUrl, withinSeconds: deadLettersSeconds }
  const layers = operator.pipe(
    Layer.provideMerge(Layer.merge(mongo(mongoUri), sqs(sqsClient(aws), queues))),
    Layer.provideMerge(Logging.layer(logs))
  )
  return yield* Effect.provide(chosen, layers)
})

const program = Effect.gen(function* () {
  const [first, ...rest] = commandLine()
  if (first === "dead-letters") return yield* deadLetters(rest)
  const chosen = command(commandLine())
  if (chosen === undefined) return yield* new UsageError()
  const config = yield* cliConfig
  const layers = operator.pipe(
    Layer.provideMerge(mongo(config.mongoUri)),
    Layer.provideMerge(Logging.layer(config.logs))
  )
  return yield* Effect.provide(chosen, layers)
})

runMain(
  program.pipe(Effect.provideService(Origin, fromCommandLine), Effect.provide(Environment.layer))
)
