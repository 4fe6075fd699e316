// `npm run cli`: the operators' command line, on MongoDB and where it is needed on SQS. Exit codes: 0 done,
// 1 it failed, 2 usage, 78 configuration.
import "./node-floor.js"
import { Effect, Layer } from "effect"
import * as RandomIdGenerator from "../layers/crypto/RandomIdGenerator.ts"
import * as Logging from "../layers/node/Logging.ts"
import { fromCommandLine, Origin } from "../services/audit/Origin.ts"
import * as accounts from "./cli/accounts.ts"
import * as database from "./cli/database.ts"
import * as deadLetters from "./cli/deadLetters.ts"
import * as mails from "./cli/mails.ts"
import { cliConfig, deadLettersConfig, mailsConfig } from "./config/config.ts"
import { mongo, redis, sqs } from "./live.ts"
import { commandLine, runMain, UsageError } from "./runMain.ts"
import { background } from "./serveApi.ts"

/**
 * Ids, and the end of what commands do in the background. Built on top of the clients, so that those are
 * open while a command's last audit event is stored.
 */
const operator = Layer.merge(background, RandomIdGenerator.layer)

const onDatabase = Layer.unwrap(
  Effect.map(cliConfig, ({ mongoUri, logs }) =>
    operator.pipe(Layer.provideMerge(mongo(mongoUri)), Layer.provideMerge(Logging.layer(logs)))
  )
)

/** Long enough for a queue of tens of thousands. */
const deadLettersSeconds = 300

const onDatabaseAndQueue = Layer.unwrap(
  Effect.map(deadLettersConfig, ({ mongoUri, aws, queueUrl, deadLetterUrl, logs }) => {
    const queues = {
      queueUrl,
      deadLetterQueueUrl: deadLetterUrl,
      withinSeconds: deadLettersSeconds
    }
    return operator.pipe(
      Layer.provideMerge(Layer.merge(mongo(mongoUri), sqs(aws, queues))),
      Layer.provideMerge(Logging.layer(logs))
    )
  })
)

const onDatabaseAndRedis = Layer.unwrap(
  Effect.map(mailsConfig, ({ mongoUri, redis: options, mailsPerSecond, logs }) =>
    Layer.merge(mongo(mongoUri), redis(options, { factor: 1 }, mailsPerSecond)).pipe(
      Layer.provideMerge(Logging.layer(logs))
    )
  )
)

type OnDatabase<A, E> = Effect.Effect<A, E, Layer.Success<typeof onDatabase>>
type OnDatabaseAndRedis<A, E> = Effect.Effect<A, E, Layer.Success<typeof onDatabaseAndRedis>>
type OnDatabaseAndQueue<A, E> = Effect.Effect<A, E, Layer.Success<typeof onDatabaseAndQueue>>

const withDatabase = <A, E>(work: OnDatabase<A, E>) => Effect.provide(work, onDatabase)
const withRate = <A, E>(work: OnDatabaseAndRedis<A, E>) => Effect.provide(work, onDatabaseAndRedis)
const withQueue = <A, E>(work: OnDatabaseAndQueue<A, E>) => Effect.provide(work, onDatabaseAndQueue)

interface Given {
  /** What stands behind the command's words. */
  readonly args: ReadonlyArray<string>
  /** Whether `--all` was given. */
  readonly all: boolean
}

/** For commands that take nothing. */
const alone =
  <A>(work: A) =>
  ({ args, all }: Given): A | undefined =>
    args.length === 0 && !all ? work : undefined

/** For commands that take one argument. */
const withOne =
  <A>(work: (arg: string) => A) =>
  ({ args, all }: Given): A | undefined => {
    const [only, ...more] = args
    return only === undefined || more.length > 0 || all ? undefined : work(only)
  }

/** Every command: its words, what it takes, what it does. `run` answers undefined where the arguments don't fit. */
const commands = [
  {
    words: "migrate",
    takes: "",
    about: "creates collections and indexes, fills new fields; safe to run again",
    run: alone(withDatabase(database.migrateDatabase))
  },
  {
    words: "seed",
    takes: "",
    about: "puts a small catalogue with stock on sale; safe to run again",
    run: alone(withDatabase(database.seed))
  },
  {
    words: "admin grant",
    takes: "EMAIL",
    about: "makes the user with this address an admin",
    run: withOne((email) => withDatabase(accounts.grant(email)))
  },
  {
    words: "admin revoke",
    takes: "EMAIL",
    about: "makes the admin with this address a user",
    run: withOne((email) => withDatabase(accounts.revoke(email)))
  },
  {
    words: "sessions end",
    takes: "EMAIL",
    about: "ends all sessions of the user with this address",
    run: withOne((email) => withDatabase(accounts.endSessions(email)))
  },
  {
    words: "stock audit",
    takes: "",
    about: "compares stock, movements and orders of every product",
    run: alone(withDatabase(database.auditBooks))
  },
  {
    words: "mails due",
    takes: "",
    about: "how many confirmations wait to be mailed, since when, and the rate",
    run: alone(withRate(mails.due))
  },
  {
    words: "dead-letters list",
    takes: "",
    about: "what could not be processed, with its order and the reason",
    run: alone(withQueue(deadLetters.list))
  },
  {
    words: "dead-letters redrive",
    takes: "[ID…]",
    about: "has the messages with these ids processed again, or all",
    run: ({ args, all }: Given) =>
      all && args.length > 0
        ? undefined
        : withQueue(deadLetters.redrive(args.length > 0 ? args : "all"))
  },
  {
    words: "dead-letters drop",
    takes: "ID… | --all",
    about: "deletes the messages with these ids, or all",
    // Deleting everything takes more than forgetting to say what.
    run: ({ args, all }: Given) =>
      all === args.length > 0 ? undefined : withQueue(deadLetters.drop(all ? "all" : args))
  }
] as const

const aboutColumn = 34

const usage = [
  "Usage: npm run cli -- COMMAND",
  ...commands.map(
    ({ words, takes, about }) => `  ${`${words} ${takes}`.trim().padEnd(aboutColumn - 2)}${about}`
  )
].join("\n")

const program = Effect.gen(function* () {
  const options = { all: { type: "boolean", default: false } } as const
  const { values, positionals } = yield* commandLine(options, usage)
  for (const { words, takes, run } of commands) {
    const count = words.split(" ").length
    if (positionals.slice(0, count).join(" ") !== words) continue
    const work = run({ args: positionals.slice(count), all: values.all })
    if (work === undefined)
      return yield* new UsageError({ problem: `"${words}" takes ${takes || "nothing"}.`, usage })
    return yield* work
  }
  return yield* new UsageError({ problem: "There is no such command.", usage })
})

runMain(Effect.provideService(program, Origin, fromCommandLine))
