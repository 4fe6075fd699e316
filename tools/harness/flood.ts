// Floods that need small means: connections that send no body or read no answer, from other addresses of this
// machine than the honest client's; and what the honest client meets meanwhile.
import { connect, type Socket } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { makeLoad, type Outcome, type Shot, worstOf } from "./load.ts"
import { residentMb } from "./memory.ts"
import { ascending, quantile } from "./statistics.ts"

interface Flood {
  readonly connections: number
  readonly addresses: number
  /** Each connection sends all of it when it opens. */
  readonly bytes: string
  /** Whether it reads what comes back, and opens another one where it is ended. */
  readonly reads: boolean
}

const host = "Host: orders.test\r\n"

const login = (length: number, begun: string): string =>
  `POST /api/auth/login HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${begun}`

export const floods = {
  "logins without a body": {
    ...{ connections: 1010, addresses: 2, reads: true },
    bytes: login(60, "")
  },
  "logins with half a body": {
    ...{ connections: 1010, addresses: 13, reads: true },
    bytes: login(65_536, " ".repeat(32_768))
  },
  "30 requests in a row, unread": {
    ...{ connections: 500, addresses: 1, reads: false },
    bytes: `GET /openapi.json HTTP/1.1\r\n${host}\r\n`.repeat(30)
  }
} as const satisfies Record<string, Flood>
export type FloodName = keyof typeof floods
export const floodNames = Object.keys(floods) as ReadonlyArray<FloodName>

/** Milliseconds until a connection replaces one that ended. */
const againMs = 100

const startFlood = (url: string, { connections, addresses, bytes, reads }: Flood) => {
  const { hostname, port } = new URL(url)
  const open = new Set<Socket>()
  let opened = 0
  let going = true
  const begin = (): void => {
    if (!going) return
    // Linux has all of 127.0.0.0/8 on its loopback.
    const localAddress = `127.0.1.${1 + (opened % addresses)}`
    opened += 1
    const socket = connect({ host: hostname, port: Number(port), localAddress })
    open.add(socket)
    if (reads) socket.resume()
    else socket.pause()
    socket.on("error", () => undefined)
    socket.on("connect", () => socket.write(bytes))
    socket.on("close", () => {
      open.delete(socket)
      setTimeout(begin, againMs)
    })
  }
  for (let i = 0; i < connections; i++) begin()
  return {
    stop: (): number => {
      going = false
      for (const socket of open) socket.destroy()
      return opened
    }
  }
}

const honest: ReadonlyArray<Shot & { readonly status: number }> = [
  { method: "GET", path: "/api/products", status: 200 },
  { method: "POST", path: "/api/auth/refresh", body: { refreshToken: "none" }, status: 401 }
]

/** An honest client stays within its limit of 600 requests a minute. */
const askEveryMs = 150

/** Sends one request after the other, with a body and without, until `stop`. */
const askHonestly = (url: string) => {
  const load = makeLoad(url, 1)
  const outcomes: Array<Outcome> = []
  let errors = 0
  let going = true
  const asking = (async () => {
    for (let i = 0; going; i++) {
      const shot = honest[i % honest.length] ?? { method: "GET", path: "/", status: 0 }
      const outcome = await load.shoot(shot)
      outcomes.push(outcome)
      if (outcome.status !== shot.status) errors += 1
      await sleep(askEveryMs)
    }
  })()
  return {
    stop: async () => {
      going = false
      await asking
      load.close()
      const sorted = ascending(outcomes.map(({ ms }) => ms))
      return {
        ...{ requests: outcomes.length, errors },
        ...{ p99Ms: quantile(sorted, 0.99), worstMs: worstOf(outcomes) }
      }
    }
  }
}

export interface FloodResult {
  readonly flood: FloodName
  /** All connections, also those that replaced others. */
  readonly opened: number
  /** The honest client's: requests, unexpected answers, and times to the answer. */
  readonly requests: number
  readonly errors: number
  readonly p99Ms: number
  readonly worstMs: number
  /** The memory that the process had before, and the most that it had; 0 where the system does not tell. */
  readonly beforeMb: number
  readonly peakMb: number
}

const afterwardsMs = 2000

/** Runs a flood for some seconds, with an honest client until two seconds after. */
export async function withstand(
  { url, pid }: { readonly url: string; readonly pid: number },
  flood: FloodName,
  seconds: number
): Promise<FloodResult> {
  const beforeMb = residentMb(pid) ?? 0
  const client = askHonestly(url)
  const memory: Array<number> = []
  const looking = setInterval(() => memory.push(residentMb(pid) ?? 0), 100)
  const { stop } = startFlood(url, floods[flood])
  await sleep(seconds * 1000)
  const opened = stop()
  await sleep(afterwardsMs)
  clearInterval(looking)
  const met = await client.stop()
  return {
    ...{ flood, opened, ...met },
    beforeMb,
    peakMb: Math.max(...memory)
  }
}
