// A real mongod: a replica set (transactions, majority, change streams), or a standalone one to show
// that it is refused. Data lives in a temporary directory and survives a crash of a node, or stays in a given one.

import { on } from "node:events"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { mongo } from "mongoose"
import { type Kept, startKept, testDataFolder } from "./kept.ts"
import { obtainMongod } from "./obtain/binaries.ts"
import { fromEnvironment, type Service } from "./service.ts"

export interface MongoAddress {
  readonly uri: string
}

export interface MongoService extends Service<MongoAddress> {
  readonly nodes: ReadonlyArray<Kept>
}

const replicaSet = "tests"

export const mongoFromEnvironment = fromEnvironment("TEST_MONGO_URI", (uri) => ({ uri }))

export interface MongoSetOptions {
  readonly nodes?: number
  /** The "host:port" under which a member is known to clients and members: its own without it. */
  readonly announce?: (port: number) => Promise<string>
  /** The server asks for credentials. The address has those of a user who may do everything. */
  readonly auth?: boolean
}

const root = { user: "root", password: "root" } as const

export async function startMongo(options: MongoSetOptions = {}): Promise<MongoService> {
  const { announce = (port) => Promise.resolve(`127.0.0.1:${port}`), auth = false } = options
  const { path, from } = await obtainMongod()
  const nodes = await startNodes(path, options.nodes ?? 1, { replSet: replicaSet, auth })
  const hosts = await Promise.all(nodes.map((node) => announce(node.port)))
  const uri = `mongodb://${hosts.join(",")}/?replicaSet=${replicaSet}`
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()))
  }
  try {
    await initiate(hosts)
    await untilComplete(uri, nodes.length)
    if (auth) await makeRoot(uri)
  } catch (error) {
    await stop()
    throw error
  }
  return { address: { uri: auth ? withUser(uri, root) : uri }, from, nodes, stop }
}

/** A replica set of one whose data stays in `dir`, on another port each time. */
export async function startStoredMongo(dir: string): Promise<MongoService> {
  const { path, from } = await obtainMongod()
  const node = await startNode(path, { replSet: replicaSet, dir })
  const host = `127.0.0.1:${node.port}`
  const uri = `mongodb://${host}/?replicaSet=${replicaSet}`
  try {
    await moveTo(host)
    await untilComplete(uri, 1)
  } catch (error) {
    await node.stop()
    throw error
  }
  return { address: { uri }, from, nodes: [node], stop: node.stop }
}

export async function startStandaloneMongo(): Promise<MongoService> {
  const { path, from } = await obtainMongod()
  const node = await startNode(path, {})
  const uri = `mongodb://127.0.0.1:${node.port}/`
  return { address: { uri }, from, nodes: [node], stop: node.stop }
}

/** The same server with a database of its own, so that suites do not meet. */
export function withDatabase(uri: string, name = `test-${crypto.randomUUID()}`): string {
  // Not a URL: several hosts with ports do not parse as one.
  return uri.replace(/^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?/, `$1/${name}`)
}

/** The same server as another user, kept in `source`. */
export function withUser(
  uri: string,
  { user, password, source = "admin" }: { user: string; password: string; source?: string }
): string {
  const anonymous = uri.replace(/\/\/[^@/]*@/u, "//").replace(/&authSource=[^&]*/u, "")
  return `${anonymous.replace("//", `//${user}:${password}@`)}&authSource=${source}`
}

interface NodeOptions {
  readonly replSet?: string
  readonly auth?: boolean
  /** The directory of data that stays. */
  readonly dir?: string
}

async function startNodes(
  path: string,
  count: number,
  options: NodeOptions
): Promise<ReadonlyArray<Kept>> {
  const starts = await Promise.allSettled(
    Array.from({ length: count }, () => startNode(path, options))
  )
  const nodes = starts.filter((start) => start.status === "fulfilled").map((start) => start.value)
  const failed = starts.find((start) => start.status === "rejected")
  if (!failed) return nodes
  await Promise.all(nodes.map((node) => node.stop()))
  throw failed.reason
}

/** The key by which members of a set know each other. mongod refuses a file that others may read. */
async function writeKey(dir: string): Promise<string> {
  const path = join(dir, "key")
  await writeFile(path, "aKeyOfTheReplicaSetOfTheseTests", { mode: 0o600 })
  return path
}

function startNode(path: string, { replSet, auth = false, dir }: NodeOptions): Promise<Kept> {
  return startKept({
    name: "mongod",
    dir,
    program: async (dbpath, port) => ({
      command: path,
      args: [
        ...["--bind_ip", "127.0.0.1", "--port", String(port), "--dbpath", dbpath, "--nounixsocket"],
        ...["--storageEngine", "wiredTiger", "--wiredTigerCacheSizeGB", "0.5"],
        // A client that dies inside a transaction holds its documents this long, not 60 s.
        ...["--setParameter", "transactionLifetimeLimitSeconds=5"],
        // Fail points (`failCommand`): how a test gets an unknown commit result.
        ...["--setParameter", "enableTestCommands=1"],
        ...["--setParameter", "diagnosticDataCollectionEnabled=false"],
        // A stopping node waits this long for clients to leave; 15 s by default.
        ...["--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100"],
        // Three files of the journal are laid out ahead, of 100 MB each by default: much, in memory.
        ...(testDataFolder() === undefined
          ? []
          : ["--wiredTigerEngineConfigString", "log=(file_max=10MB)"]),
        ...(replSet === undefined ? [] : ["--replSet", replSet]),
        ...(auth ? ["--auth", "--keyFile", await writeKey(dbpath)] : [])
      ],
      ready: "Waiting for connections"
    })
  })
}

/** What mongod answers before the first `replSetInitiate`. */
const notYetInitialized = 94

interface SetConfig {
  readonly version: number
  readonly members: ReadonlyArray<{ readonly host: string }>
}

/** Makes the one node a set, or tells a set of one that its node has another address now. */
async function moveTo(host: string): Promise<void> {
  const client = new mongo.MongoClient(`mongodb://${host}/?directConnection=true`)
  const admin = client.db("admin")
  try {
    const { config } = (await admin.command({ replSetGetConfig: 1 })) as { config: SetConfig }
    const members = config.members.map((member) => ({ ...member, host }))
    if (config.members.every((member) => member.host === host)) return
    await admin.command({
      replSetReconfig: { ...config, version: config.version + 1, members },
      force: true
    })
  } catch (error) {
    if (!(error instanceof mongo.MongoServerError) || error.code !== notYetInitialized) throw error
    await initiate([host])
  } finally {
    await client.close()
  }
}

async function initiate(hosts: ReadonlyArray<string>): Promise<void> {
  const client = new mongo.MongoClient(`mongodb://${hosts[0]}/?directConnection=true`)
  try {
    await client.db("admin").command({
      replSetInitiate: {
        _id: replicaSet,
        members: hosts.map((host, id) => ({ _id: id, host })),
        settings: { electionTimeoutMillis: 1000, heartbeatIntervalMillis: 200 }
      }
    })
  } finally {
    await client.close()
  }
}

/** A client on the same machine may make the first user, and nothing else. */
async function makeRoot(uri: string): Promise<void> {
  const client = new mongo.MongoClient(uri)
  try {
    const { user, password } = root
    await client.db("admin").command({
      ...{ createUser: user, pwd: password, roles: ["root"] },
      writeConcern: { w: "majority" }
    })
  } finally {
    await client.close()
  }
}

/** A primary, and the others past their first copy: from then on any minority of them may die. */
async function untilComplete(uri: string, count: number): Promise<void> {
  const client = new mongo.MongoClient(uri)
  const signal = AbortSignal.timeout(30_000)
  const changes = on(client, "topologyDescriptionChanged", { signal })
  try {
    await client.connect()
    for await (const [change] of changes as AsyncIterable<
      [mongo.TopologyDescriptionChangedEvent]
    >) {
      const types = [...change.newDescription.servers.values()].map((server) => server.type)
      const ready = types.filter((type) => type === "RSPrimary" || type === "RSSecondary")
      if (ready.length === count && ready.includes("RSPrimary")) break
    }
  } finally {
    await client.close()
  }
}
