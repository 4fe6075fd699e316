// A Redis Cluster of three primaries on 127.0.0.1, without replicas. It is made by the commands that
// `redis-cli --cluster create` sends, since not every server comes with that program.
import { Redis } from "ioredis"
import { type Kept, onFreePort } from "./kept.ts"
import type { RedisVersion } from "./obtain/binaries.ts"
import { type RedisAddress, startRedis } from "./redis.ts"
import type { Service } from "./service.ts"
import { makeTogether } from "./together.ts"
import { until } from "./until.ts"

export interface RedisCluster extends Service<RedisAddress> {
  readonly nodes: ReadonlyArray<{ readonly address: RedisAddress; readonly node: Kept }>
}

const nodeCount = 3
const slotCount = 16_384
/** Nodes speak to each other on a port that is greater by 10,000. */
const highestPort = 65_535 - 10_000

export interface ClusterOptions {
  readonly version?: RedisVersion
  /** More arguments of a node's command line, by the port that it listens on. */
  readonly args?: (port: number) => Promise<ReadonlyArray<string>>
}

export async function startRedisCluster(options: ClusterOptions = {}): Promise<RedisCluster> {
  const { keep, stop } = makeTogether()
  try {
    const nodes = await Promise.all(
      Array.from({ length: nodeCount }, () => keep(startNode(options)))
    )
    const admins = nodes.map(({ address }) => new Redis(address))
    try {
      await form(admins)
    } finally {
      for (const admin of admins) admin.disconnect()
    }
    const [first] = nodes
    if (first === undefined) throw new Error("a cluster without nodes")
    return { address: { ...first.address, cluster: true }, from: first.from, nodes, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Both ports of a node have to be free. */
const startNode = ({ version, args }: ClusterOptions) =>
  onFreePort(
    async (port) =>
      startRedis({
        ...(version === undefined ? {} : { version }),
        port,
        args: [
          ...["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"],
          ...["--cluster-announce-ip", "127.0.0.1"],
          ...((await args?.(port)) ?? [])
        ]
      }),
    highestPort
  )

async function form(admins: ReadonlyArray<Redis>): Promise<void> {
  const share = Math.ceil(slotCount / admins.length)
  for (const [i, admin] of admins.entries()) {
    const end = Math.min((i + 1) * share, slotCount)
    const slots = Array.from({ length: end - i * share }, (_, slot) => i * share + slot)
    await admin.cluster("ADDSLOTS", ...slots)
    await admin.call("CLUSTER", "SET-CONFIG-EPOCH", String(i + 1))
  }
  for (const admin of admins)
    for (const other of admins)
      await admin.call(
        ...(["CLUSTER", "MEET", "127.0.0.1"] as const),
        ...[String(other.options.port), String((other.options.port ?? 0) + 10_000)]
      )
  for (const admin of admins)
    await until(
      "a cluster that works",
      async () => String(await admin.cluster("INFO")),
      (info) =>
        info.includes("cluster_state:ok") && info.includes(`cluster_known_nodes:${admins.length}`)
    )
}
