// The ioredis client: one connection to Redis, or one to each primary of a cluster.
import { isIP } from "node:net"
import { checkServerIdentity } from "node:tls"
import { Redacted } from "effect"
import { Cluster, Redis } from "ioredis"
import { asksForReconnect } from "./refusals.ts"

export interface RedisOptions {
  readonly host: string
  readonly port: number
  readonly username?: string | undefined
  readonly password?: Redacted.Redacted | undefined
  readonly tls: boolean
  /** Whether `host` leads to a Redis Cluster, which then names its nodes. */
  readonly cluster: boolean
  /** Of every key, the client's own too. It keeps deployments on one Redis apart. */
  readonly keyPrefix: string
}

export type Connection = Redis | Cluster

/** How long closing waits for the last answers, in milliseconds. */
export const closeMillis = 100
/** How long a TCP (and TLS) connection may take to come about. */
export const connectMillis = 2000
/**
 * How long an answer may be due before the connection itself is given up. A peer that vanished sends
 * no reset, and the operating system would go on sending to it for a quarter of an hour.
 */
const silenceMillis = 5000
/** How often the client asks a cluster which node has which keys. It also asks when a node answers that a key has moved. */
const topologyMillis = 5000

/** It connects on request, and then reconnects without end. */
export const openConnection = (options: RedisOptions): Connection =>
  options.cluster ? openCluster(options) : openSingle(options)

const common = ({ username, password }: RedisOptions) => ({
  ...(username === undefined ? {} : { username }),
  ...(password === undefined ? {} : { password: Redacted.value(password) }),
  connectTimeout: connectMillis,
  socketTimeout: silenceMillis,
  disconnectTimeout: closeMillis,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  reconnectOnError: (error: Error) => asksForReconnect(error.message)
})

const toServer = (options: RedisOptions) => ({
  ...common(options),
  host: options.host,
  port: options.port,
  // Node checks the certificate against `host`, but sends no server name (SNI) unless it is set here.
  ...(options.tls ? { tls: isIP(options.host) === 0 ? { servername: options.host } : {} } : {}),
  lazyConnect: true,
  // Commands neither wait for a connection nor are sent again on the next one: callers have gone on.
  enableOfflineQueue: false
})

const openSingle = (options: RedisOptions): Redis =>
  new Redis({ ...toServer(options), enableAutoPipelining: true })

/**
 * A connection for subscriptions alone. To a cluster too it is one connection to `host`: each node passes on what is
 * published on any of them. Its user subscribes again after each loss.
 */
export const openSubscriber = (options: RedisOptions): Redis =>
  new Redis({ ...toServer(options), commandTimeout: connectMillis, autoResubscribe: false })

const openCluster = (options: RedisOptions): Cluster => {
  const { host, port } = options
  return new Cluster([{ host, port }], {
    redisOptions: {
      ...common(options),
      // Of the questions for the topology too, each of which makes a connection first.
      commandTimeout: connectMillis,
      ...(options.tls
        ? {
            tls: {
              // Each node needs a certificate for the name that the cluster gives it. One that it gives an address
              // needs one for `host`, which is all that the configuration names.
              checkServerIdentity: (name, certificate) =>
                checkServerIdentity(isIP(name) === 0 ? name : host, certificate)
            }
          }
        : {})
    },
    // Names are left to each connection, which needs them for TLS.
    dnsLookup: (address, callback) => callback(null, address),
    lazyConnect: true,
    enableAutoPipelining: true,
    enableOfflineQueue: false,
    slotsRefreshTimeout: connectMillis,
    slotsRefreshInterval: topologyMillis,
    // A command follows a key that has moved, and waits for nothing: its deadline would be over.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0
  })
}

/**
 * Why a cluster has no connection: of those that it tried its client keeps no error but that they are closed. So one
 * more is made to `host`; where that works, the client's own error says the most.
 */
export const explain = (options: RedisOptions, error: unknown): Promise<unknown> => {
  const redis = openSingle(options)
  const refused = new Promise<unknown>((resolve) => redis.once("error", resolve))
  const works = redis
    .connect()
    .then(() => (error instanceof Error && "lastNodeError" in error ? error.lastNodeError : error))
  // A server that accepts and closes the connection causes no error event.
  const closed = works.catch((reason: unknown) => reason)
  return Promise.race([refused, closed]).finally(() => redis.disconnect())
}
