// The ioredis client: one connection to Redis.
import { isIP } from "node:net"
import { Redacted } from "effect"
import { Redis } from "ioredis"
import { asksForReconnect } from "./refusals.ts"

export interface RedisOptions {
  readonly host: string
  readonly port: number
  readonly username?: string | undefined
  readonly password?: Redacted.Redacted | undefined
  readonly tls: boolean
  /** Of every key, the client's own too. It keeps deployments on one Redis apart. */
  readonly keyPrefix: string
}

/**
 * How long a command may take, in milliseconds. Commands wait for the pipeline before theirs, which has
 * the same deadline: a command is answered within twice this.
 */
const commandMillis = 100
/** How long a TCP (and TLS) connection may take to come about. */
const connectMillis = 2000
/**
 * How long an answer may be due before the connection itself is given up. A peer that vanished sends
 * no reset, and the operating system would go on sending to it for a quarter of an hour.
 */
const silenceMillis = 5000

/** It connects when it is told to, and from then on tries without end. */
export const openConnection = ({ host, port, username, password, tls }: RedisOptions): Redis =>
  new Redis({
    host,
    port,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: Redacted.value(password) }),
    // Node checks the certificate against `host`, and tells the server no name unless it is given here.
    ...(tls ? { tls: isIP(host) === 0 ? { servername: host } : {} } : {}),
    lazyConnect: true,
    connectTimeout: connectMillis,
    commandTimeout: commandMillis,
    socketTimeout: silenceMillis,
    disconnectTimeout: commandMillis,
    enableAutoPipelining: true,
    // Commands neither wait for a connection nor are sent again on the next one: callers have gone on.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    reconnectOnError: (error) => asksForReconnect(error.message)
  })
