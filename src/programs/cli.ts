#!/usr/bin/env node
// `npm run cli`, and `order-processing` where the package is installed: the operators' command line, on MongoDB and where
// it is needed on Redis and SQS. Its answer is on standard output, all else on standard error. Exit codes: 0 done, 1 it
// failed, 2 usage, 78 configuration.
import "./node-floor.js"
import { parseArgs } from "node:util"
import { Console, Effect, Layer, Option, Record, Struct } from "effect"
import * as RandomIdGenerator from "../layers/crypto/RandomIdGenerator.ts"
import { fromCommandLine, Origin } from "../services/audit/Origin.ts"
import * as accounts from "./cli/accounts.ts"
import {
  alone,
  type Command,
  choose,
  type Flag,
  flags,
  type Given,
  groupOf,
  type Setting,
  type Settings,
  settings,
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
import * as users from "./cli/users.ts"
import { cliConfig, deadLettersConfig, doctorConfig, ordersConfig } from "./config/config.ts"
import { mongo, redis, sqs } from "./live.ts"
import { nearestWord } from "./nearestWord.ts"
import { calledHere, runMain, UsageError } from "./runMain.ts"
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
const attention: ReadonlyArray<Flag> = ["attention"]
const pages: ReadonlyArray<Setting> = ["limit", "cursor"]
const orderFilters: ReadonlyArray<Setting> = [
  ...(["status", "mail", "notice", "email", "sku", "number", "from", "to"] as const),
  ...pages
]
const why: ReadonlyArray<Setting> = ["reason"]

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
    words: "orders list",
    takes: "[FILTERS]",
    about: "orders of all users, newest first (help orders: the filters)",
    flags: attention,
    settings: orderFilters,
    run: ({ args, flags, settings }: Given) =>
      args.length > 0 ? undefined : withDatabase(orders.list(settings, flags.has("attention")))
  },
  {
    words: "orders show",
    takes: "ID",
    about: "an order with its lines and its timeline, by its id or its number",
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
    takes: "ID [REASON]",
    about: "hands over a confirmed order whose mail is settled",
    run: ({ args: [id, ...reason] }: Given) =>
      id === undefined ? undefined : withRedis(orders.fulfil(id, reason))
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
    takes: "ID [REASON]",
    about: "has the mail about an order's status sent once more, or now where it waits",
    run: ({ args: [id, ...reason] }: Given) =>
      id === undefined ? undefined : withRedis(orders.resend(id, reason))
  },
  {
    words: "users list",
    takes: "[EMAIL]",
    about: "users whose address begins so, or all, newest first",
    settings: pages,
    run: ({ args: [email, ...more], settings }: Given) =>
      more.length > 0 ? undefined : withDatabase(users.list(email, settings))
  },
  {
    words: "users show",
    takes: "USER",
    about: "a user, by id or address, with sessions and newest orders",
    run: withOne((user) => withDatabase(users.show(user)))
  },
  {
    words: "users disable",
    takes: "USER REASON",
    about: "has an account get no tokens any more, and ends its sessions",
    run: ({ args: [user, ...reason] }: Given) =>
      user === undefined || reason.length === 0
        ? undefined
        : withDatabase(users.disable(user, reason))
  },
  {
    words: "users enable",
    takes: "USER REASON",
    about: "has a disabled account get tokens again",
    run: ({ args: [user, ...reason] }: Given) =>
      user === undefined || reason.length === 0
        ? undefined
        : withDatabase(users.enable(user, reason))
  },
  {
    words: "admin grant",
    takes: "EMAIL",
    about: "makes the user with this address an admin",
    run: withOne((email) => withDatabase(accounts.grant(email, "admin")))
  },
  {
    words: "admin revoke",
    takes: "EMAIL",
    about: "takes the role admin or support from the user with this address",
    run: withOne((email) => withDatabase(accounts.revoke(email)))
  },
  {
    words: "support grant",
    takes: "EMAIL",
    about: "gives the user with this address the role support, in place of its role",
    run: withOne((email) => withDatabase(accounts.grant(email, "support")))
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
    run: withOne((file, { flags }) => withDatabase(stock.importFile(file, flags.has("dry-run"))))
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
    settings: why,
    run: ({ args, flags, settings }: Given) =>
      flags.has("all") && args.length > 0
        ? undefined
        : withQueue(deadLetters.redrive(args.length > 0 ? args : "all", settings.reason))
  },
  {
    words: "dead-letters drop",
    takes: "ID… | --all",
    about: "deletes the messages with these ids, or all",
    flags: all,
    settings: why,
    // Deleting everything takes more than forgetting to say what.
    run: ({ args, flags, settings }: Given) =>
      flags.has("all") === args.length > 0
        ? undefined
        : withQueue(deadLetters.drop(flags.has("all") ? "all" : args, settings.reason))
  }
] as const

/** Options of every command. */
const common = {
  json: { type: "boolean" },
  "no-json": { type: "boolean" },
  yes: { type: "boolean", short: "y" },
  help: { type: "boolean", short: "h" }
} as const
type Name = keyof typeof common | Flag

const options = {
  ...common,
  ...Record.map(flags, () => ({ type: "boolean" }) as const),
  ...Record.map(settings, () => ({ type: "string" }) as const)
}

const isName = (name: string): name is Name =>
  Object.hasOwn(common, name) || Object.hasOwn(flags, name)

const isSetting = (name: string): name is Setting => Object.hasOwn(settings, name)

interface Typed {
  readonly words: ReadonlyArray<string>
  readonly names: ReadonlySet<Name>
  readonly values: Settings
}

const usageFor = (words: ReadonlyArray<string>): string => {
  const group = groupOf(commands, words)
  return usageOf(group, calledHere, group !== commands)
}

interface OptionToken {
  readonly name: string
  /** As it was typed. */
  readonly rawName: string
  readonly value: string | undefined
}

/** What is wrong with an option; undefined: nothing. */
const problemOf = ({ name, rawName, value }: OptionToken): string | undefined => {
  if (isSetting(name)) {
    // The next option is no value: that was forgotten.
    const isGiven = value !== undefined && !value.startsWith("--")
    return isGiven ? undefined : `${rawName} takes ${settings[name].value}.`
  }
  if (isName(name)) return value === undefined ? undefined : `${rawName} takes no value.`
  const near = nearestWord(
    rawName,
    Object.keys(options).map((known) => `--${known}`)
  )
  const hint = Option.match(near, { onNone: () => "", onSome: (n) => ` The nearest is ${n}.` })
  return `There is no option ${rawName}.${hint}`
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
  const values: { [S in Setting]?: string } = {}
  for (const token of tokens) {
    if (token.kind !== "option") continue
    const problem = problemOf(token)
    if (problem !== undefined) return yield* new UsageError({ problem, usage: usageFor(words) })
    const { name, value = "" } = token
    if (isSetting(name)) values[name] = value
    else if (isName(name)) names.add(name)
  }
  return { words, names, values } satisfies Typed
})

/** What was given beside words, where the command has a use for all of it. */
const optionsFor = (
  {
    flags: ownFlags = [],
    settings: ownSettings = []
  }: Pick<Command<unknown>, "words" | "flags" | "settings">,
  { names, values }: Typed
): Pick<Given, "flags" | "settings"> | undefined => {
  const given = Struct.keys(flags).filter((flag) => names.has(flag))
  const isFitting =
    given.every((flag) => ownFlags.includes(flag)) &&
    Struct.keys(values).every((name) => ownSettings.includes(name))
  return isFitting ? { flags: new Set(given), settings: values } : undefined
}

/** The usage of what is asked about. */
const help = (about: ReadonlyArray<string>) => {
  const group = groupOf(commands, about)
  return about.length > 0 && group === commands
    ? new UsageError({ problem: wrongWords(commands, about), usage: usageOf(commands, calledHere) })
    : Console.log(usageFor(about))
}

const program = Effect.gen(function* () {
  const typed = yield* readCommandLine
  const { words, names } = typed
  if (words[0] === "help") return yield* help(words.slice(1))
  if (names.has("help")) return yield* help(words)
  const usage = usageFor(words)
  const chosen = choose(commands, words)
  if (Option.isNone(chosen))
    return yield* new UsageError({ problem: wrongWords(commands, words), usage })
  const { command, args } = chosen.value
  const given = optionsFor(command, typed)
  const work = given === undefined ? undefined : command.run({ args, ...given })
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
