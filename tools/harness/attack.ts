// Attacks that need small means, as data: connections that send bytes, or requests one after the other, from a few
// addresses of this machine. attacker.ts carries one out.
import type { Shot } from "./load.ts"

interface Means {
  readonly name: string
  readonly connections: number
  /** How many clients the connections are spread over. */
  readonly addresses: number
}

/** Each connection sends all of its bytes when it opens. Where it ends, another one opens. */
interface BytesAttack extends Means {
  readonly bytes: string
  /** Whether a connection reads what comes back. */
  readonly reads: boolean
  /** What each connection sends every second, after `bytes`. */
  readonly everySecond?: string
}

/** Each connection sends the next request when it has the answer. The shots go round. */
interface ShotsAttack extends Means {
  readonly shots: ReadonlyArray<Shot>
  /** Milliseconds from an answer to the next request. Without it the attacker may use all of a core of this machine. */
  readonly pauseMs?: number
}

export type Attack = BytesAttack | ShotsAttack

const host = "Host: orders.test\r\n"

const login = (length: number, begun: string): string =>
  `POST /api/auth/login HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${begun}`

const get = (path: string): ReadonlyArray<Shot> => [{ method: "GET", path }]

/** Connections that send slowly, or do not read, or send more than they may. */
export const floods: ReadonlyArray<BytesAttack> = [
  {
    ...{ name: "logins without a body", connections: 1010, addresses: 2, reads: true },
    bytes: login(60, "")
  },
  {
    ...{ name: "logins with half a body", connections: 1010, addresses: 13, reads: true },
    bytes: login(65_536, " ".repeat(32_768))
  },
  {
    // 21 kB a second in all.
    ...{ name: "logins with slow bodies", connections: 1010, addresses: 13, reads: true },
    ...{ bytes: login(65_536, ""), everySecond: " ".repeat(21) }
  },
  {
    ...{ name: "30 requests in a row, unread", connections: 500, addresses: 1, reads: false },
    bytes: `GET /openapi.json HTTP/1.1\r\n${host}\r\n`.repeat(30)
  },
  {
    ...{ name: "3600 requests in a packet", connections: 500, addresses: 2, reads: true },
    bytes: "GET / HTTP/1.1\r\n\r\n".repeat(3600)
  }
]

/** Requests that any client may send, as fast as the answers come. */
export const crowds: ReadonlyArray<ShotsAttack> = [
  { name: "60 connections on /docs", connections: 60, addresses: 6, shots: get("/docs") },
  { name: "300 connections on /readyz", connections: 300, addresses: 2, shots: get("/readyz") }
]
