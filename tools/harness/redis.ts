// A real redis-server: empty and without persistence, so that a crash loses its keys, as a cache may; or with its
// keys in a directory that stays.

import { type Kept, startKept } from "./kept.ts"
import { obtainRedis, obtainRedisVersion, type RedisVersion } from "./obtain/binaries.ts"
import { fromEnvironment, type Service } from "./service.ts"

export interface RedisAddress {
  readonly host: string
  readonly port: number
  readonly password?: string
  /** Whether it is one node of a cluster, which names the others. */
  readonly cluster?: boolean
}

export interface RedisService extends Service<RedisAddress> {
  readonly node: Kept
}

export const redisFromEnvironment = fromEnvironment("TEST_REDIS_URL", (value): RedisAddress => {
  const url = new URL(value)
  const at = { host: url.hostname, port: Number(url.port || 6379) }
  return url.password ? { ...at, password: decodeURIComponent(url.password) } : at
})

export interface StartOptions {
  readonly port?: number
  readonly password?: string
  /** The directory of keys that stay. */
  readonly dir?: string
  /** Any will do without it. */
  readonly version?: RedisVersion
  /** More arguments of its command line. */
  readonly args?: ReadonlyArray<string>
}

export async function startRedis(options: StartOptions = {}): Promise<RedisService> {
  const { password, version, args = [] } = options
  const { path, from } =
    version === undefined ? await obtainRedis() : await obtainRedisVersion(version)
  const node = await startKept({
    name: "redis-server",
    port: options.port,
    dir: options.dir,
    program: (dir, port) => ({
      command: path,
      args: [
        ...["--bind", "127.0.0.1", "--port", String(port), "--dir", dir],
        ...["--save", "", "--appendonly", options.dir === undefined ? "no" : "yes"],
        ...(password === undefined ? [] : ["--requirepass", password]),
        ...args
      ],
      ready: "Ready to accept connections"
    })
  })
  const at = { host: "127.0.0.1", port: node.port }
  return {
    address: password === undefined ? at : { ...at, password },
    from,
    node,
    stop: node.stop
  }
}
