// What one scenario plays on: an empty shop with queues and processes of its own, on the services and
// with the accounts of the run.
import type { mongo } from "mongoose"
import { makeClient } from "../harness/client.ts"
import {
  type CliResult,
  type Environment,
  mustRun,
  mustRunCli,
  programEnvironment,
  programsIn,
  runCli
} from "../harness/deployment.ts"
import { withDatabase, withUser } from "../harness/mongo.ts"
import { createQueues, type QueuePair } from "../harness/queues.ts"
import { makeRandom, type SeededRandom } from "../harness/random.ts"
import type { SesControl } from "../harness/ses-control.ts"
import { stockUp } from "../harness/setUp.ts"
import { versionBefore } from "./before.ts"
import { type Cluster, makeCluster } from "./cluster.ts"
import { type Fleet, makeFleet } from "./fleet.ts"
import { type Interruptions, makeInterruptions } from "./interruptions.ts"
import { type Journal, makeJournal } from "./journal.ts"
import { makePeople, type Person, refusedAddress } from "./people.ts"
import { type Proxies, programsUser, type Services } from "./services.ts"

/** An order as it lies in the database, as far as the harness looks at it. */
export interface StoredOrder {
  readonly _id: string
  readonly userId: string
  readonly status: string
  readonly items: ReadonlyArray<{ readonly sku: string; readonly quantity: number }>
  readonly createdAt: Date
  readonly confirmation: { readonly state: string; readonly at?: Date }
  readonly work?: StoredWork
  readonly notice?: { readonly state: string; readonly work?: StoredWork }
}

interface StoredWork {
  readonly dueAt: Date
  readonly unknownSends?: number
}

export interface Stage {
  /** How long the faults go on. */
  readonly seconds: number
  readonly random: SeededRandom
  readonly fleet: Fleet
  readonly proxies: Proxies
  readonly cluster: Cluster
  readonly redis: Services["redis"]
  readonly queues: QueuePair
  readonly clients: Services["clients"]
  readonly database: mongo.Db
  readonly orders: mongo.Collection<StoredOrder>
  readonly interruptions: Interruptions
  readonly journal: Journal
  readonly buyers: ReadonlyArray<Person>
  readonly admin: Person
  /** Pieces of each SKU that were ever in stock. */
  readonly stock: Readonly<Record<string, number>>
  /** The oplog's time before the first order. */
  readonly began: mongo.Timestamp
  /** Runs a command of the command line. */
  readonly cli: (...args: ReadonlyArray<string>) => Promise<CliResult>
  /** Makes the indexes that processes of the previous version need: they have migrated the database first. */
  readonly migrateBefore: () => Promise<void>
  /** Ends every fault, and returns once all parts work again. */
  readonly heal: () => Promise<void>
  readonly close: () => Promise<void>
}

/** The least that the worker allows and some: production's default is 60. */
export const visibilitySeconds = 12
const apiCount = 2
const workerCount = 2

/** One product sells out; the others do not. */
const stock = { scarce: 30, hot: 100_000, a: 100_000, b: 100_000, c: 100_000, d: 100_000 } as const

function environmentOf(
  { proxies, mongo }: Services,
  queues: QueuePair,
  database: string,
  settings: Environment
) {
  const endpointOf = ([proxy]: Proxies["sqs"]) => ({ endpoint: `http://127.0.0.1:${proxy?.port}` })
  return programEnvironment(
    {
      mongo: { uri: withUser(withDatabase(mongo.address.uri, database), programsUser) },
      redis: { host: "127.0.0.1", port: proxies.redis[0]?.port ?? 0 },
      sqs: endpointOf(proxies.sqs),
      ses: endpointOf(proxies.ses),
      queues
    },
    {
      AWS_ACCESS_KEY_ID: "cli",
      AWS_SECRET_ACCESS_KEY: "chaos",
      WORKER_VISIBILITY_SECONDS: String(visibilitySeconds),
      SES_MAX_PER_SECOND: "200",
      RATE_LIMIT_FACTOR: "100000",
      METRICS_TOKEN: "metrics-token-of-the-chaos",
      ...settings
    }
  )
}

/** Takes every fault away but the one that stays throughout: an address that is refused for good. */
const healSes = (ses: SesControl): Promise<void> =>
  ses.heal([{ fault: "rejected", times: "all", to: refusedAddress }])

async function operationTime(client: mongo.MongoClient): Promise<mongo.Timestamp> {
  const { operationTime } = await client.db("admin").command({ ping: 1 })
  return operationTime
}

/** Opens stages on one database, one after the other. */
export function makeTheatre(services: Services, { buyerCount = 10 } = {}) {
  const { clients, proxies, redis } = services
  const database = `chaos-${crypto.randomUUID()}`
  const db = clients.mongo.db(database)
  const people = makePeople(clients.ses, buyerCount)
  const cluster = makeCluster(services)
  let migrated = false

  const healServices = async (): Promise<void> => {
    const all = Object.values(proxies).flat()
    await Promise.all(all.map((proxy) => proxy.clean()))
    await Promise.all(all.map((proxy) => proxy.enable(true)))
    await healSes(clients.ses)
    await cluster.heal()
  }

  /** Nothing runs on the database meanwhile. Accounts stay: to register them takes long. */
  const empty = async (): Promise<void> => {
    // Where the scenario before was not played to its end.
    await healServices()
    await clients.ses.clear()
    for (const name of ["orders", "products", "stock_movements"])
      await db.collection(name).deleteMany({})
  }

  return async (options: {
    readonly name: string
    readonly seed: string
    readonly seconds: number
    readonly env: Environment
  }): Promise<Stage> => {
    await empty()
    const queues = await createQueues(services.sqs.address.endpoint, { visibilitySeconds })
    const env = environmentOf(services, queues, database, options.env)
    const journal = makeJournal()
    const interruptions = makeInterruptions()
    const report = (problem: string): void => void journal.problems.push(problem)
    const fleet = makeFleet({ env, interruptions, report })

    try {
      if (!migrated) await mustRunCli(env, "migrate")
      migrated = true
      const [api] = await Promise.all([
        ...Array.from({ length: apiCount }, () => fleet.start("api")),
        ...Array.from({ length: workerCount }, () => fleet.start("worker"))
      ])
      const url = api?.url ?? ""
      const { admin, buyers } = await people(url, (email) =>
        mustRunCli(env, "admin", "grant", email)
      )
      await stockUp(makeClient(url, admin.token), stock)
      await healSes(clients.ses)
      return {
        seconds: options.seconds,
        random: makeRandom(`${options.seed}/${options.name}`),
        ...{
          fleet,
          proxies,
          cluster,
          redis,
          queues,
          clients,
          interruptions,
          journal,
          buyers,
          admin,
          stock
        },
        cli: (...args) => runCli(env, ...args),
        migrateBefore: () => mustRun(programsIn(versionBefore()).cli, env, "migrate"),
        database: db,
        orders: db.collection<StoredOrder>("orders"),
        began: await operationTime(clients.mongo),
        heal: async () => {
          await healServices()
          await fleet.heal()
        },
        close: fleet.stop
      }
    } catch (error) {
      await fleet.stop()
      throw error
    }
  }
}

export type OpenStage = ReturnType<typeof makeTheatre>
