// Checks MongoDB for an operator: settings by which the service can't work, or works badly.
import { Effect, Option, Schema } from "effect"
import { CommandLine } from "../../services/runtime/CommandLine.ts"
import {
  type Finding,
  failure,
  look,
  ok,
  type Verdict,
  warning
} from "../../services/runtime/Finding.ts"
import { now } from "../../services/time.ts"
import { MongoConnection } from "./MongoConnection.ts"
import { mongoProblem } from "./mongoProblem.ts"

const part = "MongoDB"

const Hello = Schema.Struct({
  localTime: Schema.Date,
  setName: Schema.optionalKey(Schema.String),
  hosts: Schema.optionalKey(Schema.Array(Schema.String))
})
const decodeHello = Schema.decodeUnknownEffect(Hello)

const command = (what: Readonly<Record<string, unknown>>) =>
  MongoConnection.use(({ mongoose, run }) =>
    run(() => mongoose.getClient().db("admin").command(what))
  )

const hello = Effect.flatMap(command({ hello: 1 }), decodeHello)

const topology = Effect.map(hello, ({ setName, hosts = [] }) =>
  ok(
    setName === undefined
      ? "a sharded cluster"
      : `the replica set ${setName} with ${hosts.length} members`
  )
)

/** The oldest that the tests run on. */
const oldest = 6

const decodeBuild = Schema.decodeUnknownEffect(Schema.Struct({ version: Schema.String }))

const version = Effect.gen(function* () {
  const { version: found } = yield* Effect.flatMap(command({ buildInfo: 1 }), decodeBuild)
  return Number.parseInt(found, 10) < oldest
    ? warning(`${found} is older than what is tested`, `update it to ${oldest}.0 or newer`)
    : ok(found)
})

const indexes = Effect.gen(function* () {
  const problem = yield* mongoProblem
  const migrate = `${yield* CommandLine} migrate`
  return Option.match(problem, {
    onNone: () => ok("all are there"),
    onSome: (sentence) => failure(sentence, migrate)
  })
})

/** What the service does in each collection (docs/deploy.md, "MongoDB"). */
const everywhere = ["find", "insert", "listIndexes"]
const updated = ["accounts", "verifications", "sessions", "products", "orders"]
const appended = ["stock_movements", "audit_events"]

const Privilege = Schema.Struct({
  resource: Schema.Struct({
    db: Schema.optionalKey(Schema.String),
    collection: Schema.optionalKey(Schema.String),
    anyResource: Schema.optionalKey(Schema.Boolean)
  }),
  actions: Schema.Array(Schema.String)
})
const decodeStatus = Schema.decodeUnknownEffect(
  Schema.Struct({
    authInfo: Schema.Struct({
      authenticatedUsers: Schema.Array(Schema.Unknown),
      authenticatedUserPrivileges: Schema.Array(Privilege)
    })
  })
)

const covers =
  (database: string, collection: string) =>
  ({ resource: { db, collection: named, anyResource } }: typeof Privilege.Type): boolean =>
    anyResource === true ||
    ((db === database || db === "") && (named === collection || named === ""))

const rights = Effect.gen(function* () {
  const { mongoose } = yield* MongoConnection
  const { authInfo } = yield* Effect.flatMap(
    command({ connectionStatus: 1, showPrivileges: true }),
    decodeStatus
  )
  if (authInfo.authenticatedUsers.length === 0)
    return warning(
      "the server asks for no password",
      "turn its access control on, and make a user for the service (docs/deploy.md, MongoDB)"
    )
  const missing = [...updated, ...appended].flatMap((collection) => {
    const held = authInfo.authenticatedUserPrivileges
      .filter(covers(mongoose.name, collection))
      .flatMap(({ actions }) => actions)
    const needed = updated.includes(collection) ? [...everywhere, "update"] : everywhere
    return needed
      .filter((action) => !held.includes(action))
      .map((action) => `${action} in ${collection}`)
  })
  return missing.length === 0
    ? ok("the user may do all that the service does")
    : failure(
        `the user lacks rights: ${missing.join(", ")}`,
        "grant the role of docs/deploy.md, MongoDB, or readWrite"
      )
})

/** The seconds after which a request gives up on a transaction. */
const longestLife = 8

const decodeLimit = Schema.decodeUnknownOption(
  Schema.Struct({ transactionLifetimeLimitSeconds: Schema.Number })
)

const transactions = Effect.gen(function* () {
  const asked = { getParameter: 1, transactionLifetimeLimitSeconds: 1 }
  // Most users may not read it, and hosted servers refuse the command.
  const read = yield* Effect.option(Effect.catchDefect(command(asked), Effect.fail))
  const limit = Option.flatMap(read, decodeLimit)
  if (Option.isNone(limit)) return ok("this user may not read transactionLifetimeLimitSeconds")
  const { transactionLifetimeLimitSeconds: seconds } = limit.value
  return seconds > longestLife
    ? warning(
        `a transaction that a killed process leaves open locks its products for ${seconds} s`,
        "db.adminCommand({ setParameter: 1, transactionLifetimeLimitSeconds: 5 })"
      )
    : ok(`they end after ${seconds} s`)
})

/** Tokens, leases and signatures bear some seconds. */
const skewSeconds = { warning: 5, failure: 60 } as const

/** How far the two clocks are apart, in seconds; the time that the question took is not counted. */
export const judgeSkew = (server: Date, before: Date, after: Date): Verdict => {
  const early = (before.getTime() - server.getTime()) / 1000
  const late = (server.getTime() - after.getTime()) / 1000
  const seconds = Math.round(Math.max(early, late, 0))
  if (seconds < skewSeconds.warning) return ok("agrees with MongoDB's")
  const says = `is ${seconds} s ${early > late ? "ahead of" : "behind"} MongoDB's`
  const mend = "have both machines keep their time by NTP"
  return seconds < skewSeconds.failure ? warning(says, mend) : failure(says, mend)
}

const clock = Effect.gen(function* () {
  const before = yield* now
  const { localTime } = yield* hello
  return judgeSkew(localTime, before, yield* now)
})

const answers = MongoConnection.use(({ problem }) => problem).pipe(
  Effect.map(
    Option.match({
      onNone: () => ok("a majority takes writes"),
      onSome: (sentence) =>
        failure(
          sentence,
          "see whether it is up, whether MONGO_URI leads to it, and whether a firewall or an access list lies between"
        )
    })
  )
)

/** Of a server that does not answer nothing else is asked. */
export const examineMongo: Effect.Effect<
  ReadonlyArray<Finding>,
  never,
  MongoConnection
> = Effect.gen(function* () {
  const first = yield* look(part, "answers", answers)
  if (first.state === "failure") return [first]
  const rest = yield* Effect.all(
    [
      look(part, "topology", topology),
      look(part, "version", version),
      look(part, "indexes", indexes),
      look(part, "rights", rights),
      look(part, "transactions", transactions),
      look("this machine", "clock", clock)
    ],
    { concurrency: "unbounded" }
  )
  return [first, ...rest]
})
