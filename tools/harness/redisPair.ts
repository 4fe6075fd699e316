// A primary and its replica behind one address, as a managed Redis has them: after a fail-over the address leads to
// the new primary, and connections that are open stay with the old one, which is a replica by then.
import { once } from "node:events"
import { connect, createServer, type Socket } from "node:net"
import { Redis } from "ioredis"
import type { RedisVersion } from "./obtain/binaries.ts"
import { type RedisAddress, startRedis } from "./redis.ts"
import type { Service } from "./service.ts"
import { makeTogether } from "./together.ts"
import { until } from "./until.ts"

export interface RedisPair extends Service<RedisAddress> {
  /** Resolves once the two have changed places. The replica has all that the primary had. */
  readonly failOver: () => Promise<void>
  /** Connections that the address has led to a server, since the start. */
  readonly connections: () => number
}

export async function startRedisPair(
  options: { readonly version?: RedisVersion } = {}
): Promise<RedisPair> {
  const { keep, stop } = makeTogether()
  try {
    // A copy begins immediately, not after the five seconds in which more replicas could join in.
    const args = ["--repl-diskless-sync", "no"]
    const servers = await Promise.all([
      keep(startRedis({ ...options, args })),
      keep(startRedis({ ...options, args }))
    ])
    const admins = servers.map(({ address }) => new Redis(address))
    const disconnect = async (): Promise<void> => {
      for (const admin of admins) admin.disconnect()
    }
    await keep(Promise.resolve({ stop: disconnect }))

    let primary = 0
    const untilInSync = (): Promise<unknown> =>
      until(
        "a replica that has all",
        async () => admins[primary]?.wait(1, 1000),
        (replicas) => replicas === 1
      )
    await admins[1]?.call("REPLICAOF", "127.0.0.1", String(servers[0].node.port))
    await untilInSync()

    let connections = 0
    const relay = await keep(
      startRelay(() => {
        connections += 1
        return servers[primary]?.node.port ?? 0
      })
    )
    return {
      address: { host: "127.0.0.1", port: relay.port },
      from: servers[0].from,
      connections: () => connections,
      failOver: async () => {
        const successor = admins[1 - primary]
        await admins[primary]?.call("FAILOVER")
        await until(
          "a replica that is the primary",
          async () => String(await successor?.info("replication")),
          (info) => info.includes("role:master")
        )
        primary = 1 - primary
        await untilInSync()
      },
      stop
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Each new connection is handed to the port that `target` answers then. */
async function startRelay(target: () => number) {
  const sockets = new Set<Socket>()
  const track = (socket: Socket, other: () => void): Socket => {
    sockets.add(socket)
    return socket
      .on("error", () => undefined)
      .on("close", () => {
        sockets.delete(socket)
        other()
      })
  }
  const server = createServer((socket) => {
    const upstream = connect(target(), "127.0.0.1")
    track(socket, () => upstream.destroy())
    track(upstream, () => socket.destroy())
    socket.pipe(upstream).pipe(socket)
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("no TCP port to be had")
  return {
    port: address.port,
    stop: async () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    }
  }
}
