// The connection while its server is the wrong one, late, gone, silent or back.
import { assert, describe, it } from "@effect/vitest"
import {
  Context,
  Duration,
  Effect,
  Equal,
  Exit,
  Layer,
  Logger,
  Option,
  Redacted,
  Schedule,
  Scope
} from "effect"
import { ConnectionStates, mongo as mongodb } from "mongoose"
import {
  MongoUriRefused,
  refusalOf,
  StandaloneMongo
} from "../../../src/layers/mongo/connectionErrors.ts"
import {
  layer,
  MongoConnection,
  MongoUnavailable,
  runFor
} from "../../../src/layers/mongo/MongoConnection.ts"
import { codes } from "../../../src/layers/mongo/mongoErrors.ts"
import { makeTransact, type TransactionWork } from "../../../src/layers/mongo/transaction.ts"
import { AccountStoreError } from "../../../src/services/accounts/ports/AccountStore.ts"
import {
  type MongoService,
  startMongo,
  startStandaloneMongo,
  withDatabase,
  withUser
} from "../../../tools/harness/mongo.ts"
import { describeWith } from "../../suite.ts"
import { failPoint } from "./failPoint.ts"

const service = (start: () => Promise<MongoService>) =>
  Effect.gen(function* () {
    const mongo = yield* Effect.acquireRelease(Effect.promise(start), (mongo) =>
      Effect.promise(mongo.stop)
    )
    const node = mongo.nodes[0]
    assert(node !== undefined)
    return {
      uri: Redacted.make(withDatabase(mongo.address.uri)),
      crash: Effect.promise(node.crash),
      restart: Effect.promise(node.restart),
      freeze: Effect.sync(node.freeze),
      thaw: Effect.sync(node.thaw)
    }
  })

const connect = (uri: Redacted.Redacted) =>
  Effect.map(Layer.build(layer({ uri })), (context) => Context.get(context, MongoConnection))

const insert = (connection: MongoConnection["Service"]) =>
  connection.run(() => connection.mongoose.collection("things").insertOne({}))

const until = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.retry(effect, Schedule.spaced("50 millis")).pipe(Effect.timeout("15 seconds"))

const untilTold = (
  { problem }: MongoConnection["Service"],
  expected: Effect.Success<typeof problem>
) => until(Effect.filterOrFail(problem, (told) => Equal.equals(told, expected)))

const isUnavailable = (exit: Exit.Exit<unknown, unknown>) =>
  Exit.isFailure(exit) &&
  exit.cause.reasons.every(
    (reason) => reason._tag === "Fail" && reason.error instanceof MongoUnavailable
  )

const withOptions = (uri: Redacted.Redacted, options: string) =>
  Redacted.make(`${Redacted.value(uri)}?${options}`)

/** The next time that an attempt reaches the server. */
const opened = ({ mongoose }: MongoConnection["Service"]) =>
  Effect.callback<void>((resume) => {
    mongoose.once("open", () => resume(Effect.void))
  })

/**
 * The address of the set's primary, which stays primary for half a minute after it has lost its majority. Without an
 * end it stays so where an arbiter votes for it, or where replication alone stands still.
 */
const keepPrimary = async (uri: string): Promise<string> => {
  const client = new mongodb.MongoClient(uri)
  try {
    const admin = client.db("admin")
    const { config } = await admin.command({ replSetGetConfig: 1 })
    const settings = { ...config.settings, electionTimeoutMillis: 30_000 }
    await admin.command({ replSetReconfig: { ...config, version: config.version + 1, settings } })
    return (await admin.command({ hello: 1 }))["primary"]
  } finally {
    await client.close()
  }
}

/** Messages of the log of `effect`, into `lines`. */
const logged = (lines: Array<string>) =>
  Logger.layer([Logger.make(({ message, logLevel }) => lines.push(`${logLevel} ${message}`))])

describeWith(["mongo"], "the connection to MongoDB", () => {
  describe.concurrent("a standalone server", () => {
    it.live("is refused at start, with the way to make it a replica set", () =>
      Effect.gen(function* () {
        const { uri } = yield* service(startStandaloneMongo)
        const error = yield* Effect.flip(connect(uri))
        assert.instanceOf(error, StandaloneMongo)
        assert.include(error.message, "mongod --replSet rs0")
        assert.include(error.message, "rs.initiate()")
      })
    )

    it.live("whose URI names a replica set is refused too, and the set is named", () =>
      Effect.gen(function* () {
        const { uri } = yield* service(startStandaloneMongo)
        const error = yield* Effect.flip(connect(withOptions(uri, "replicaSet=theirs")))
        assert.instanceOf(error, StandaloneMongo)
        assert.include(error.message, "MONGO_URI")
        assert.include(error.message, "mongod --replSet theirs")
        assert.notInclude(error.message, "127.0.0.1")
      })
    )

    it.live("that starts later keeps the process from being ready, and is logged once", () => {
      const lines: Array<string> = []
      return Effect.gen(function* () {
        const { uri, crash, restart } = yield* service(startStandaloneMongo)
        yield* crash
        const connection = yield* connect(uri)
        assert.deepStrictEqual(
          yield* connection.problem,
          Option.some("MongoDB's primary does not answer")
        )
        yield* restart
        const { message } = new StandaloneMongo({})
        yield* until(Effect.filterOrFail(connection.problem, Option.contains(message)))
        assert.isTrue(isUnavailable(yield* Effect.exit(insert(connection))))
        yield* opened(connection)
        yield* opened(connection)
        assert.strictEqual(lines.filter((line) => line.startsWith("Error")).length, 1)
        yield* crash
        yield* until(
          Effect.filterOrFail(connection.problem, (problem) => !Option.contains(problem, message))
        )
      }).pipe(Effect.provide(logged(lines)))
    })
  })

  describe.concurrent("a replica set", () => {
    it.live(
      "that starts after the process is connected without a restart, and calls fail quickly until then",
      () =>
        Effect.gen(function* () {
          const { uri, crash, restart } = yield* service(startMongo)
          yield* crash
          const connection = yield* connect(uri)
          const [took, exit] = yield* Effect.timed(Effect.exit(insert(connection)))
          assert.isTrue(isUnavailable(exit))
          assert.isBelow(Duration.toMillis(took), 100)
          yield* restart
          yield* until(insert(connection))
          assert.deepStrictEqual(yield* connection.problem, Option.none())
        })
    )

    it.live("that crashes and restarts is an outage of the port, then works again", () =>
      Effect.gen(function* () {
        const { uri, crash, restart } = yield* service(startMongo)
        const connection = yield* connect(uri)
        yield* insert(connection)
        yield* crash
        const store = runFor(connection, "things", AccountStoreError)
        const [took, error] = yield* store("create", "insertOne", () =>
          connection.mongoose.collection("things").insertOne({})
        ).pipe(Effect.flip, Effect.timed)
        assert.instanceOf(error, AccountStoreError)
        assert.strictEqual(error.operation, "create")
        assert.isBelow(Duration.toSeconds(took), 6)
        assert.deepStrictEqual(
          yield* connection.problem,
          Option.some("MongoDB's primary does not answer")
        )
        yield* restart
        yield* until(insert(connection))
        assert.deepStrictEqual(yield* connection.problem, Option.none())
      })
    )

    it.live(
      "that stops answering fails a call at its deadline and the readiness check after 1.5 s, then works again",
      () =>
        Effect.gen(function* () {
          const { uri, freeze, thaw } = yield* service(startMongo)
          const connection = yield* connect(uri)
          yield* insert(connection)
          yield* freeze
          const [[waited, problem], [took, exit]] = yield* Effect.all(
            [Effect.timed(connection.problem), Effect.timed(Effect.exit(insert(connection)))],
            { concurrency: "unbounded" }
          )
          assert.deepStrictEqual(problem, Option.some("MongoDB's primary does not answer"))
          assert.isBelow(Duration.toMillis(waited), 1_900)
          assert.isTrue(isUnavailable(exit))
          assert.isBelow(Duration.toSeconds(took), 6)
          yield* thaw
          yield* until(insert(connection))
        })
    )
  })

  describe.concurrent("a replica set of three", () => {
    it.live(
      "whose secondaries stop answering is not ready for writes, and is read as a majority has it",
      () =>
        Effect.gen(function* () {
          const mongo = yield* Effect.acquireRelease(
            Effect.promise(() => startMongo({ nodes: 3 })),
            ({ stop }) => Effect.promise(stop)
          )
          const primary = yield* Effect.promise(() => keepPrimary(mongo.address.uri))
          const connection = yield* connect(Redacted.make(withDatabase(mongo.address.uri)))
          yield* insert(connection)
          assert.deepStrictEqual(yield* connection.problem, Option.none())
          const secondaries = mongo.nodes.filter(({ port }) => primary !== `127.0.0.1:${port}`)
          for (const { freeze } of secondaries) freeze()
          yield* untilTold(connection, Option.some("MongoDB has no majority to write to"))
          const things = connection.mongoose.collection("things")
          assert.isNotNull(yield* connection.run(() => things.findOne({})))
          assert.isTrue(isUnavailable(yield* Effect.exit(insert(connection))))
          // The primary has the second one, which would be lost with it.
          const seen = yield* connection.run(() => things.find().toArray())
          assert.lengthOf(seen, 1)
          for (const { thaw } of secondaries) thaw()
          yield* until(insert(connection))
          yield* untilTold(connection, Option.none())
        })
    )
  })

  describe.concurrent("a user", () => {
    it.live("whose password is changed gets an outage until the password is restored", () => {
      const lines: Array<string> = []
      return Effect.gen(function* () {
        const mongo = yield* Effect.acquireRelease(
          Effect.promise(() => startMongo({ auth: true })),
          ({ stop }) => Effect.promise(stop)
        )
        const admin = yield* Effect.acquireRelease(
          Effect.sync(() => new mongodb.MongoClient(mongo.address.uri)),
          (client) => Effect.promise(() => client.close())
        )
        const setPassword = (command: "createUser" | "updateUser", pwd: string) =>
          Effect.promise(() =>
            admin.db("admin").command({ [command]: "ada", pwd, roles: ["readWriteAnyDatabase"] })
          )
        yield* setPassword("createUser", "old")
        const uri = withUser(withDatabase(mongo.address.uri), { user: "ada", password: "old" })
        const connection = yield* connect(Redacted.make(uri))
        yield* insert(connection)

        yield* setPassword("updateUser", "new")
        // The connection that is open is good for one of them.
        const several = yield* Effect.all(
          Array.from({ length: 5 }, () => Effect.exit(insert(connection))),
          { concurrency: "unbounded" }
        )
        const refused = several.filter(Exit.isFailure)
        assert.isAbove(refused.length, 0)
        for (const exit of refused) assert.isTrue(isUnavailable(exit))
        yield* untilTold(connection, Option.some("MongoDB refuses this process; the log says why"))
        yield* connection.problem
        assert.strictEqual(lines.filter((line) => line.includes("refuses this process")).length, 1)
        const transact = yield* makeTransact(connection)
        let runs = 0
        const work: TransactionWork<void> = async ({ session }) => {
          runs += 1
          await connection.mongoose.collection("things").insertOne({}, { session })
        }
        const error = yield* Effect.flip(transact(work, { repeatable: true }))
        assert.strictEqual(error._tag, "MongoUnavailable")
        assert.strictEqual(runs, 1)

        yield* setPassword("updateUser", "old")
        yield* until(insert(connection))
        yield* untilTold(connection, Option.none())
      }).pipe(Effect.provide(logged(lines)))
    })
  })

  describe.concurrent("closing", () => {
    it.live("does not wait for a server that does not answer", () =>
      Effect.gen(function* () {
        const { uri, freeze, thaw } = yield* service(startMongo)
        const scope = yield* Scope.make()
        const connection = yield* Scope.provide(connect(uri), scope)
        yield* insert(connection)
        yield* freeze
        const sent = Effect.callback<void>((resume) => {
          const client = connection.mongoose.getClient()
          client.once("connectionCheckedOut", () => resume(Effect.void))
        })
        // A command in flight is what the driver would wait nine seconds for.
        yield* Effect.all([sent, Effect.forkScoped(insert(connection))], {
          concurrency: "unbounded"
        })
        const [took] = yield* Effect.timed(Scope.close(scope, Exit.void))
        yield* thaw
        assert.isBelow(Duration.toSeconds(took), 3)
      })
    )

    it.live("does not wait for a server that never started, and later calls are outages", () =>
      Effect.gen(function* () {
        const { uri, crash } = yield* service(startMongo)
        yield* crash
        const scope = yield* Scope.make()
        const connection = yield* Scope.provide(connect(uri), scope)
        yield* until(
          Effect.filterOrFail(
            Effect.sync(() => connection.mongoose.readyState),
            (state) => state === ConnectionStates.connecting
          )
        )
        const [took] = yield* Effect.timed(Scope.close(scope, Exit.void))
        assert.isBelow(Duration.toSeconds(took), 1)
        assert.isTrue(isUnavailable(yield* Effect.exit(insert(connection))))
      })
    )
  })
})

describeWith(["mongo"], "the URI of MongoDB", ({ mongo }) => {
  const uri = withDatabase(mongo.uri)
  const withUser = (user: string) => uri.replace("://", `://${user}@`)

  for (const [what, wrong, problem] of [
    ["a user or password that is wrong", withUser("ada:hunter2"), "credentials"],
    [
      "an authentication that is not enabled",
      `${withUser("ada:hunter2")}&authMechanism=PLAIN&authSource=$external`,
      "credentials"
    ],
    ["a password that is not percent-encoded", withUser("ada:hunter2@:"), "syntax"],
    ["an unknown option", `${uri}&hunter2=1`, "syntax"]
  ] as const)
    it.live(`is refused for ${what}, by the variable's name and without its value`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(connect(Redacted.make(wrong)))
        assert.instanceOf(error, MongoUriRefused)
        assert.strictEqual(error.problem, problem)
        assert.include(error.message, "MONGO_URI")
        for (const part of ["ada", "hunter2", "127.0.0.1"]) assert.notInclude(error.message, part)
      })
    )

  it("is refused for the error of Atlas for a wrong password", () => {
    const error = new mongodb.MongoServerError({
      code: 8000,
      codeName: "AtlasError",
      message: "bad auth : authentication failed"
    })
    error.addErrorLabel("HandshakeError")
    assert.deepStrictEqual(
      refusalOf(error),
      Option.some(new MongoUriRefused({ problem: "credentials" }))
    )
  })

  it("is not refused for an outage", () => {
    assert.deepStrictEqual(
      refusalOf(new mongodb.MongoNetworkError("connect ECONNREFUSED")),
      Option.none()
    )
    assert.deepStrictEqual(
      refusalOf(new mongodb.MongoServerError({ code: 189, message: "stepped down" })),
      Option.none()
    )
  })
})

describeWith(["mongo"], "a call to MongoDB", ({ mongo }) => {
  // What real servers answer rarely, made by a fail point: one code of each kind.
  for (const [verdict, errorCode, tag] of [
    ["outage", codes.outage["Interrupted"], "Fail"],
    ["conflict", codes.conflict["WriteConflict"], "Fail"],
    ["refusal", codes.refusal["UserWritesBlocked"], "Fail"],
    ["refusal", codes.refusal["Unauthorized"], "Fail"],
    ["refusal", 8000, "Fail"],
    ["defect", 10334, "Die"]
  ] as const)
    it.live(`ends as the table says when the server answers with a ${verdict}, ${errorCode}`, () =>
      Effect.gen(function* () {
        const appName = `verdict-${crypto.randomUUID()}`
        const uri = `${withDatabase(mongo.uri)}&appName=${appName}`
        const connection = yield* connect(Redacted.make(uri))
        const fault = { failCommands: ["insert"], errorCode: Number(errorCode) }
        yield* failPoint(mongo.uri, appName, 1, fault)
        const exit = yield* Effect.exit(insert(connection))
        assert(Exit.isFailure(exit))
        assert.deepStrictEqual(
          exit.cause.reasons.map(({ _tag }) => _tag),
          [tag]
        )
      })
    )

  it.live("ends as a defect when the server refuses it permanently", () =>
    Effect.gen(function* () {
      const connection = yield* connect(Redacted.make(withDatabase(mongo.uri)))
      const things = connection.mongoose.collection("things")
      const insertSame = connection.run(() => things.insertOne({ key: 1 }))
      yield* connection.run(() => things.createIndex({ key: 1 }, { unique: true }))
      yield* insertSame
      const exit = yield* Effect.exit(insertSame)
      assert(Exit.isFailure(exit))
      assert.deepStrictEqual(
        exit.cause.reasons.map(({ _tag }) => _tag),
        ["Die"]
      )
    })
  )

  it.live("ends as an outage after the deadline of the call", () =>
    Effect.gen(function* () {
      const connection = yield* connect(Redacted.make(withDatabase(mongo.uri)))
      const [took, exit] = yield* Effect.timed(
        Effect.exit(connection.run(() => new Promise(() => {}), Duration.millis(100)))
      )
      assert.isTrue(isUnavailable(exit))
      assert.isBelow(Duration.toMillis(took), 1_000)
    })
  )
})
