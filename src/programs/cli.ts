#!/usr/bin/env node
// `npm run cli`, and `order-processing` where the package is installed: the operators' command line, on MongoDB and where
// it is needed on Redis and SQS. Its answer is on standard output, all else on standard error. Exit codes: 0 done, 1 it
// failed, 2 usage, 78 configuration.
import "./node-floor.js"
import { parseArgs } from "node:util"
import { Console, Effect, Layer, Option } from "effect"
import * as RandomIdGenerator from "../layers/crypto/RandomIdGenerator.ts"
import { fromCommandLine, Origin } from "../services/audit/Origin.ts"
import * as accounts from "./cli/accounts.ts"
import {
  alone,
  type Command,
  choose,
  type Flag,
  type Given,
  groupOf,
  usageOf,
  withOne,
  wrongWords
} from "./cli/Command.ts"
import * as database from "./cli/database.ts"
import * as deadLetters from "./cli/deadLetters.ts"
import { doctor } from "./cli/doctor.ts"
import { logging } from "./cli/logging.ts"
import { Manner } from "./cli/Manner.ts"
import * as mails from "./cli/mails.ts"
import * as orders from "./cli/orders.ts"
import { spoken } from "./cli/sentences.ts"
import * as stock from "./cli/stock.ts"
import { cliConfig, deadLettersConfig, doctorConfig, ordersConfig } from "./config/config.ts"
import { mongo, redis, sqs } from "./live.ts"
import { nearestWord } from "./nearestWord.ts"
import { runMain, UsageError } from "./runMain.ts"
import { background } from "./serveApi.ts"

/**
 * Ids, and the end of what commands do in the background. Built on top of the clients, so that those are
 * open while a command's last audit event is stored.
 */
const operator = Layer.merge(background, RandomIdGenerator.layer)

const onDatabase = Layer.unwrap(
  Effect.map(cliConfig, ({ mongoUri, logs }) =>
    operator.pipe(Layer.provideMerge(mongo(mongoUri)), Layer.provideMerge(logging(logs)))
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
      Layer.provideMerge(logging(logs))
    )
  })
)

const onDatabaseAndRedis = Layer.unwrap(
  Effect.map(ordersConfig, ({ mongoUri, redis: options, mailsPerSecond, logs }) =>
    operator.pipe(
      Layer.provideMerge(
        Layer.merge(mongo(mongoUri), redis(options, { factor: 1 }, mailsPerSecond))
      ),
      Layer.provideMerge(logging(logs))
    )
  )
)

type OnDatabase<A, E> = Effect.Effect<A, E, Layer.Success<typeof onDatabase>>
type OnDatabaseAndRedis<A, E> = Effect.Effect<A, E, Layer.Success<typeof onDatabaseAndRedis>>
type OnDatabaseAndQueue<A, E> = Effect.Effect<A, E, Layer.Success<typeof onDatabaseAndQueue>>

const withDatabase = <A, E>(work: OnDatabase<A, E>) => Effect.provide(work, onDatabase)
const withRedis = <A, E>(work: OnDatabaseAndRedis<A, E>) => Effect.provide(work, onDatabaseAndRedis)
const withQueue = <A, E>(work: OnDatabaseAndQueue<A, E>) => Effect.provide(work, onDatabaseAndQueue)

const all: ReadonlyArray<Flag> = ["all"]
const dryRun: ReadonlyArray<Flag> = ["dry-run"]

/** Every command, in the order of the usage. */
const commands = [
  {
    words: "doctor",
    takes: "",
    about: "checks every setting, dependency and permission, and says how to mend what is wrong",
    run: alone(Effect.flatMap(doctorConfig, doctor))
  },
  {
    words: "migrate",
    takes: "",
    about: "creates collections and indexes, fills new fields; safe to run again",
    run: alone(withDatabase(database.migrateDatabase))
  },
  {
    words: "migrate finish",
    takes: "",
    about: "as migrate, then drops what only the version before needed",
    run: alone(withDatabase(database.finishDatabase))
  },
  {
    words: "seed",
    takes: "",
    about: "puts a small catalogue with stock on sale; safe to run again",
    run: alone(withDatabase(database.seed))
  },
  {
    words: "orders show",
    takes: "ID",
    about: "an order with its lines and its timeline",
    run: withOne((id) => withRedis(orders.show(id)))
  },
  {
    words: "orders cancel",
    takes: "ID [REASON]",
    about: "cancels a pending or confirmed order; its stock is back",
    run: ({ args: [id, ...reason] }: Given) =>
      id === undefined ? undefined : withRedis(orders.cancel(id, reason))
  },
  {
    words: "orders fulfil",
    takes: "ID",
    about: "hands over a confirmed order whose mail is settled",
    run: withOne((id) => withRedis(orders.fulfil(id)))
  },
  {
    words: "orders fail",
    takes: "ID REASON",
    about: "gives up on a pending order; its stock is back",
    run: ({ args: [id, ...reason] }: Given) =>
      id === undefined || reason.length === 0 ? undefined : withRedis(orders.fail(id, reason))
  },
  {
    words: "orders resend",
    takes: "ID",
    about: "has the mail about an order's status sent once more, or now where it waits",
    run: withOne((id) => withRedis(orders.resend(id)))
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
    run: alone(withDatabase(stock.audit))
  },
  {
    words: "stock import",
    takes: "FILE [--dry-run]",
    about: "brings in the movements of a CSV file with the header sku,delta,reason, each once",
    flags: dryRun,
    run: withOne((file, flags) => withDatabase(stock.importFile(file, flags.has("dry-run"))))
  },
  {
    words: "mails due",
    takes: "",
    about: "how many mails of orders wait to be sent, since when, and the rate",
    run: alone(withRedis(mails.due))
  },
  {
    words: "dead-letters list",
    takes: "",
    about: "what could not be processed, with its order and the reason",
    run: alone(withQueue(deadLetters.list))
  },
  {
    words: "dead-letters redrive",
    takes: "[ID…] [--all]",
    about: "has the messages with these ids processed again, or all",
    flags: all,
    run: ({ args, flags }: Given) =>
      flags.has("all") && args.length > 0
        ? undefined
        : withQueue(deadLetters.redrive(args.length > 0 ? args : "all"))
  },
  {
    words: "dead-letters drop",
    takes: "ID… | --all",
    about: "deletes the messages with these ids, or all",
    flags: all,
    // Deleting everything takes more than forgetting to say what.
    run: ({ args, flags }: Given) =>
      flags.has("all") === args.length > 0
        ? undefined
        : withQueue(deadLetters.drop(flags.has("all") ? "all" : args))
  }
] as const

const options = {
  json: { type: "boolean" },
  "no-json": { type: "boolean" },
  yes: { type: "boolean", short: "y" },
  help: { type: "boolean", short: "h" },
  all: { type: "boolean" },
  "dry-run": { type: "boolean" }
} as const
type Name = keyof typeof options

const isName = (name: string): name is Name => Object.hasOwn(options, name)

interface Typed {
  readonly words: ReadonlyArray<string>
  readonly names: ReadonlySet<Name>
}

const readCommandLine = Effect.gen(function* () {
  const { tokens } = parseArgs({
    args: process.argv.slice(2),
    options,
    allowPositionals: true,
    strict: false,
    tokens: true
  })
  const words = tokens.flatMap((token) => (token.kind === "positional" ? [token.value] : []))
  const names = new Set<Name>()
  for (const token of tokens) {
    if (token.kind !== "option") continue
    const { name, rawName, value } = token
    const refuse = (problem: string) =>
      new UsageError({ problem, usage: usageOf(groupOf(commands, words)) })
    if (!isName(name)) {
      const near = nearestWord(
        rawName,
        Object.keys(options).map((known) => `--${known}`)
      )
      const hint = Option.match(near, { onNone: () => "", onSome: (n) => ` The nearest is ${n}.` })
      return yield* refuse(`There is no option ${rawName}.${hint}`)
    }
    if (value !== undefined) return yield* refuse(`${rawName} takes no value.`)
    names.add(name)
  }
  return { words, names } satisfies Typed
})

/** The flags that were given, where the command has a use for all of them. */
const flagsFor = (
  { flags = [] }: Pick<Command<unknown>, "words" | "flags">,
  names: ReadonlySet<Name>
): ReadonlySet<Flag> | undefined => {
  const given = (["all", "dry-run"] as const).filter((flag) => names.has(flag))
  return given.every((flag) => flags.includes(flag)) ? new Set(given) : undefined
}

/** The usage of what is asked about. */
const help = (about: ReadonlyArray<string>) => {
  const group = groupOf(commands, about)
  return about.length > 0 && group === commands
    ? new UsageError({ problem: wrongWords(commands, about), usage: usageOf(commands) })
    : Console.log(usageOf(group))
}

const program = Effect.gen(function* () {
  const { words, names } = yield* readCommandLine
  if (words[0] === "help") return yield* help(words.slice(1))
  if (names.has("help")) return yield* help(words)
  const usage = usageOf(groupOf(commands, words))
  const chosen = choose(commands, words)
  if (Option.isNone(chosen))
    return yield* new UsageError({ problem: wrongWords(commands, words), usage })
  const { command, args } = chosen.value
  const flags = flagsFor(command, names)
  const work = flags === undefined ? undefined : command.run({ args, flags })
  if (work === undefined) {
    const problem = `"${command.words}" takes ${command.takes || "nothing"}.`
    return yield* new UsageError({ problem, usage })
  }
  const said = names.has("no-json") ? Option.some(false) : Option.none()
  // A generator takes any of the commands' effects; `pipe` would take one type of them.
  yield* Effect.gen(function* () {
    yield* work
  }).pipe(
    Effect.provideService(Manner, {
      json: names.has("json") ? Option.some(true) : said,
      yes: names.has("yes")
    }),
    Effect.mapError(spoken)
  )
})

// The reader has closed the pipe, as `head` does: it has seen enough.
process.stdout.on("error", () => process.exit(0))

runMain(Effect.provideService(program, Origin, fromCommandLine))
