// The commands of the command line, each with the parts of the system that it needs.
import { Effect, type Layer } from "effect"
import { alone, type Flag, type Given, type Setting, withOne } from "./Command.ts"

/** Commands on a layer. The module with both is loaded when one of them runs: all modules together take 0.4 s. */
const on =
  <R, LE, C>(load: () => Promise<{ readonly layer: Layer.Layer<R, LE>; readonly commands: C }>) =>
  <A, E>(work: (commands: C) => Effect.Effect<A, E, R>) =>
    Effect.flatMap(Effect.promise(load), ({ commands, layer }) =>
      Effect.provide(work(commands), layer)
    )

const withDatabase = on(() => import("./onDatabase.ts"))
const withRedis = on(() => import("./onDatabaseAndRedis.ts"))
const withQueue = on(() => import("./onDatabaseAndQueue.ts"))
const loadDoctor = Effect.promise(() => import("./doctor.ts"))

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
    run: alone(Effect.flatMap(loadDoctor, ({ doctor }) => doctor))
  },
  {
    words: "migrate",
    takes: "",
    about: "creates collections and indexes, fills new fields; safe to run again",
    run: alone(withDatabase(({ database }) => database.migrateDatabase))
  },
  {
    words: "migrate finish",
    takes: "",
    about:
      "as migrate, then drops indexes that only the previous version needed; run it when no process of that version runs",
    run: alone(withDatabase(({ database }) => database.finishDatabase))
  },
  {
    words: "seed",
    takes: "",
    about: "puts a small catalogue with stock on sale; safe to run again",
    run: alone(withDatabase(({ database }) => database.seed))
  },
  {
    words: "orders list",
    takes: "[FILTERS]",
    about: "orders of all users, newest first",
    flags: attention,
    settings: orderFilters,
    run: ({ args, flags, settings }: Given) =>
      args.length > 0
        ? undefined
        : withDatabase(({ orders }) => orders.list(settings, flags.has("attention")))
  },
  {
    words: "orders show",
    takes: "ID",
    about: "an order with its lines and its timeline, by its id or its number",
    run: withOne((id) => withRedis(({ orders }) => orders.show(id)))
  },
  {
    words: "orders cancel",
    takes: "ID [REASON]",
    about: "cancels a pending or confirmed order and returns its stock; asks first",
    run: ({ args: [id, ...reason] }: Given) =>
      id === undefined ? undefined : withRedis(({ orders }) => orders.cancel(id, reason))
  },
  {
    words: "orders fulfil",
    takes: "ID [REASON]",
    about: "marks a confirmed order with a settled mail as fulfilled",
    run: ({ args: [id, ...reason] }: Given) =>
      id === undefined ? undefined : withRedis(({ orders }) => orders.fulfil(id, reason))
  },
  {
    words: "orders fail",
    takes: "ID REASON",
    about: "marks a pending order as failed and returns its stock; asks first",
    run: ({ args: [id, ...reason] }: Given) =>
      id === undefined || reason.length === 0
        ? undefined
        : withRedis(({ orders }) => orders.fail(id, reason))
  },
  {
    words: "orders resend",
    takes: "ID [REASON]",
    about: "sends the mail about an order's status again, or now if it waits",
    run: ({ args: [id, ...reason] }: Given) =>
      id === undefined ? undefined : withRedis(({ orders }) => orders.resend(id, reason))
  },
  {
    words: "users list",
    takes: "[EMAIL]",
    about: "users whose address begins with this text, or all, newest first",
    settings: pages,
    run: ({ args: [email, ...more], settings }: Given) =>
      more.length > 0 ? undefined : withDatabase(({ users }) => users.list(email, settings))
  },
  {
    words: "users show",
    takes: "USER",
    about: "a user, by id or address, with the live sessions and the newest orders",
    run: withOne((user) => withDatabase(({ users }) => users.show(user)))
  },
  {
    words: "users disable",
    takes: "USER REASON",
    about:
      "disables an account, so that it gets no tokens, and ends its sessions; not for the last admin",
    run: ({ args: [user, ...reason] }: Given) =>
      user === undefined || reason.length === 0
        ? undefined
        : withDatabase(({ users }) => users.disable(user, reason))
  },
  {
    words: "users enable",
    takes: "USER REASON",
    about: "enables a disabled account, so that it gets tokens again",
    run: ({ args: [user, ...reason] }: Given) =>
      user === undefined || reason.length === 0
        ? undefined
        : withDatabase(({ users }) => users.enable(user, reason))
  },
  {
    words: "admin grant",
    takes: "EMAIL",
    about: "makes the user with this address an admin, from the next login or refresh on",
    run: withOne((email) => withDatabase(({ accounts }) => accounts.grant(email, "admin")))
  },
  {
    words: "admin revoke",
    takes: "EMAIL",
    about:
      "revokes the role admin or support of the user, from the next login or refresh on; not for the last admin",
    run: withOne((email) => withDatabase(({ accounts }) => accounts.revoke(email)))
  },
  {
    words: "support grant",
    takes: "EMAIL",
    about:
      "gives the user with this address the role support instead of its role; not for the last admin",
    run: withOne((email) => withDatabase(({ accounts }) => accounts.grant(email, "support")))
  },
  {
    words: "sessions end",
    takes: "EMAIL",
    about: "ends all sessions of the user; access tokens stay valid for up to 15 minutes",
    run: withOne((email) => withDatabase(({ accounts }) => accounts.endSessions(email)))
  },
  {
    words: "stock audit",
    takes: "",
    about: "compares stock, movements and orders of every product in one snapshot",
    run: alone(withDatabase(({ stock }) => stock.audit))
  },
  {
    words: "stock import",
    takes: "FILE [--dry-run]",
    about: "imports the movements of a CSV file with the header sku,delta,reason, each once",
    flags: dryRun,
    run: withOne((file, { flags }) =>
      withDatabase(({ stock }) => stock.importFile(file, flags.has("dry-run")))
    )
  },
  {
    words: "mails due",
    takes: "",
    about: "the number of due mails of orders, the age of the oldest, and the rate",
    run: alone(withRedis(({ mails }) => mails.due))
  },
  {
    words: "dead-letters list",
    takes: "",
    about: "messages that could not be processed: age, order and its status, id, reason",
    run: alone(withQueue(({ deadLetters }) => deadLetters.list))
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
        : withQueue(({ deadLetters }) =>
            deadLetters.redrive(args.length > 0 ? args : "all", settings.reason)
          )
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
        : withQueue(({ deadLetters }) =>
            deadLetters.drop(flags.has("all") ? "all" : args, settings.reason)
          )
  }
] as const
