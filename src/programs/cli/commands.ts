// The commands of the command line, each with the parts of the system that it needs.
import { Effect, Layer } from "effect"
import * as RandomIdGenerator from "../../layers/crypto/RandomIdGenerator.ts"
import { cliConfig, deadLettersConfig, doctorConfig, ordersConfig } from "../config/config.ts"
import { mongo, redis, sqs } from "../live.ts"
import { background } from "../serveApi.ts"
import * as accounts from "./accounts.ts"
import { alone, type Flag, type Given, type Setting, withOne } from "./Command.ts"
import * as database from "./database.ts"
import * as deadLetters from "./deadLetters.ts"
import { doctor } from "./doctor.ts"
import { logging } from "./logging.ts"
import * as mails from "./mails.ts"
import * as orders from "./orders.ts"
import * as stock from "./stock.ts"
import * as users from "./users.ts"

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

/** Every command, in the order of the usage and of docs/commands.md. */
export const commands = [
  {
    words: "doctor",
    takes: "",
    about:
      "checks every setting, dependency and permission, says how to repair each problem, and changes nothing",
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
    about:
      "as migrate, then drops indexes that only the previous version needed; run it when no process of that version runs",
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
    about: "orders of all users, newest first",
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
    about: "cancels a pending or confirmed order and returns its stock; asks first",
    run: ({ args: [id, ...reason] }: Given) =>
      id === undefined ? undefined : withRedis(orders.cancel(id, reason))
  },
  {
    words: "orders fulfil",
    takes: "ID [REASON]",
    about: "marks a confirmed order with a settled mail as fulfilled",
    run: ({ args: [id, ...reason] }: Given) =>
      id === undefined ? undefined : withRedis(orders.fulfil(id, reason))
  },
  {
    words: "orders fail",
    takes: "ID REASON",
    about: "marks a pending order as failed and returns its stock; asks first",
    run: ({ args: [id, ...reason] }: Given) =>
      id === undefined || reason.length === 0 ? undefined : withRedis(orders.fail(id, reason))
  },
  {
    words: "orders resend",
    takes: "ID [REASON]",
    about: "sends the mail about an order's status again, or now if it waits",
    run: ({ args: [id, ...reason] }: Given) =>
      id === undefined ? undefined : withRedis(orders.resend(id, reason))
  },
  {
    words: "users list",
    takes: "[EMAIL]",
    about: "users whose address begins with this text, or all, newest first",
    settings: pages,
    run: ({ args: [email, ...more], settings }: Given) =>
      more.length > 0 ? undefined : withDatabase(users.list(email, settings))
  },
  {
    words: "users show",
    takes: "USER",
    about: "a user, by id or address, with the live sessions and the newest orders",
    run: withOne((user) => withDatabase(users.show(user)))
  },
  {
    words: "users disable",
    takes: "USER REASON",
    about:
      "disables an account, so that it gets no tokens, and ends its sessions; not for the last admin",
    run: ({ args: [user, ...reason] }: Given) =>
      user === undefined || reason.length === 0
        ? undefined
        : withDatabase(users.disable(user, reason))
  },
  {
    words: "users enable",
    takes: "USER REASON",
    about: "enables a disabled account, so that it gets tokens again",
    run: ({ args: [user, ...reason] }: Given) =>
      user === undefined || reason.length === 0
        ? undefined
        : withDatabase(users.enable(user, reason))
  },
  {
    words: "admin grant",
    takes: "EMAIL",
    about: "makes the user with this address an admin, from the next login or refresh on",
    run: withOne((email) => withDatabase(accounts.grant(email, "admin")))
  },
  {
    words: "admin revoke",
    takes: "EMAIL",
    about:
      "revokes the role admin or support of the user, from the next login or refresh on; not for the last admin",
    run: withOne((email) => withDatabase(accounts.revoke(email)))
  },
  {
    words: "support grant",
    takes: "EMAIL",
    about:
      "gives the user with this address the role support instead of its role; not for the last admin",
    run: withOne((email) => withDatabase(accounts.grant(email, "support")))
  },
  {
    words: "sessions end",
    takes: "EMAIL",
    about: "ends all sessions of the user; access tokens stay valid for up to 15 minutes",
    run: withOne((email) => withDatabase(accounts.endSessions(email)))
  },
  {
    words: "stock audit",
    takes: "",
    about: "compares stock, movements and orders of every product in one snapshot",
    run: alone(withDatabase(stock.audit))
  },
  {
    words: "stock import",
    takes: "FILE [--dry-run]",
    about: "imports the movements of a CSV file with the header sku,delta,reason, each once",
    flags: dryRun,
    run: withOne((file, { flags }) => withDatabase(stock.importFile(file, flags.has("dry-run"))))
  },
  {
    words: "mails due",
    takes: "",
    about: "the number of due mails of orders, the age of the oldest, and the rate",
    run: alone(withRedis(mails.due))
  },
  {
    words: "dead-letters list",
    takes: "",
    about: "messages that could not be processed: age, order and its status, id, reason",
    run: alone(withQueue(deadLetters.list))
  },
  {
    words: "dead-letters redrive",
    takes: "[ID…] [--all]",
    about: "redrives the messages with these ids, or all",
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
    about: "deletes the messages with these ids, or all; asks first",
    flags: all,
    settings: why,
    // Deleting everything takes more than forgetting to say what.
    run: ({ args, flags, settings }: Given) =>
      flags.has("all") === args.length > 0
        ? undefined
        : withQueue(deadLetters.drop(flags.has("all") ? "all" : args, settings.reason))
  }
] as const
