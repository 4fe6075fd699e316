// What an honest client meets while a system is attacked from other addresses of this machine, and the memory that
// the attack takes.
import { setTimeout as sleep } from "node:timers/promises"
import { Worker } from "node:worker_threads"
import type { Attack } from "./attack.ts"
import type { Orders, Report } from "./attacker.ts"
import { makeLoad, type Outcome, type Shot, worstOf } from "./load.ts"
import { residentMb } from "./memory.ts"
import { ascending, quantile } from "./statistics.ts"
import type { Columns } from "./table.ts"

interface HonestShot extends Shot {
  readonly status: number
}

const honest: ReadonlyArray<HonestShot> = [
  { method: "GET", path: "/api/products", status: 200 },
  { method: "POST", path: "/api/auth/refresh", body: { refreshToken: "none" }, status: 401 },
  { method: "GET", path: "/readyz", status: 200 }
]

/** An honest client stays within its limit of 600 requests a minute. */
const askEveryMs = 150

/** Sends one request after the other, with a body and without, until `stop`. */
const askHonestly = (url: string, network: number, shots: ReadonlyArray<HonestShot>) => {
  const load = makeLoad(url, 1, undefined, `127.0.${network}.254`)
  const outcomes: Array<Outcome & { readonly asked: string }> = []
  const wrong: Array<string> = []
  let going = true
  const asking = (async () => {
    for (let i = 0; going; i++) {
      const shot = shots[i % shots.length] ?? { method: "GET", path: "/", status: 0 }
      const outcome = await load.shoot(shot)
      const asked = `${shot.method} ${shot.path}`
      outcomes.push({ ...outcome, asked })
      if (outcome.status !== shot.status) wrong.push(`${asked}: ${outcome.status ?? outcome.error}`)
      await sleep(askEveryMs)
    }
  })()
  return {
    stop: async () => {
      going = false
      await asking
      load.close()
      const sorted = ascending(outcomes.map(({ ms }) => ms))
      const worstMs = worstOf(outcomes)
      return {
        ...{ requests: outcomes.length, errors: wrong.length, wrong: wrong.slice(0, 5) },
        ...{ p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99) },
        ...{ worstMs, slowest: outcomes.find(({ ms }) => ms === worstMs)?.asked ?? "nothing" }
      }
    }
  }
}

/** Each attack and its honest client have addresses of their own, so that no limit is used up for the next. */
let networks = 0
const nextNetwork = (): number => {
  networks += 1
  return 1 + (networks % 250)
}

const startAttack = (orders: Orders) => {
  const thread = new Worker(new URL("./attacker.ts", import.meta.url), { workerData: orders })
  const ended = Promise.withResolvers<void>()
  const report = Promise.withResolvers<Report>()
  thread.on("message", (message: "ended" | Report) =>
    message === "ended" ? ended.resolve() : report.resolve(message)
  )
  thread.on("error", (error) => {
    ended.reject(error)
    report.reject(error)
  })
  return {
    ended: ended.promise,
    stop: (): Promise<Report> => {
      thread.postMessage("stop")
      return report.promise
    }
  }
}

export interface FloodResult {
  readonly attack: string
  readonly connections: number
  /** Requests of the attack that were answered 500. */
  readonly failures: number
  /** The honest client's: requests, answers that are not as ever, some of them, and times to the answer. */
  readonly requests: number
  readonly errors: number
  readonly wrong: ReadonlyArray<string>
  readonly p50Ms: number
  readonly p99Ms: number
  readonly worstMs: number
  /** What the honest client asked when it waited longest. */
  readonly slowest: string
  /** The resident memory of the process before, at most, and after; 0 where the system does not tell. */
  readonly beforeMb: number
  readonly peakMb: number
  readonly afterMb: number
}

export interface Conditions {
  /** How long the attack goes on, or until the server has ended or answered all of it once. */
  readonly seconds: number | "until it has ended"
  /** What the honest client asks in addition to the usual. */
  readonly extra?: ReadonlyArray<HonestShot>
}

const afterwardsMs = 2000

/** Runs an attack, with an honest client from before it until two seconds after. */
export async function withstand(
  { url, pid }: { readonly url: string; readonly pid: number },
  attack: Attack,
  { seconds, extra = [] }: Conditions
): Promise<FloodResult> {
  const beforeMb = residentMb(pid) ?? 0
  const network = nextNetwork()
  const client = askHonestly(url, network, [...honest, ...extra])
  const memory: Array<number> = []
  const looking = setInterval(() => memory.push(residentMb(pid) ?? 0), 100)
  const { ended, stop } = startAttack({ attack, url, network })
  await (seconds === "until it has ended"
    ? ended
    : Promise.race([sleep(seconds * 1000), ended.then(() => sleep(seconds * 1000))]))
  const report = await stop()
  await sleep(afterwardsMs)
  clearInterval(looking)
  const afterMb = residentMb(pid) ?? 0
  const met = await client.stop()
  return {
    ...{ attack: attack.name, ...report, ...met },
    ...{ beforeMb, peakMb: Math.max(...memory), afterMb }
  }
}

/** The time to answer an honest client, under any attack. */
const honestMs = 1000
/** How much memory a process has after an attack, and how much an attack takes, at most. */
export const mostMb = 400

/** The rules for an attack that are broken, in words. */
export const floodFaults = ({
  requests,
  errors,
  wrong,
  failures,
  worstMs,
  slowest,
  beforeMb,
  peakMb
}: Omit<
  FloodResult,
  "attack" | "connections" | "p50Ms" | "p99Ms" | "afterMb"
>): ReadonlyArray<string> => [
  ...(errors === 0
    ? []
    : [`${errors} of ${requests} honest requests were not served: ${wrong.join(", ")}`]),
  ...(failures === 0 ? [] : [`${failures} requests of the attack were answered 500`]),
  ...(worstMs <= honestMs
    ? []
    : [`${slowest} of an honest client took ${(worstMs / 1000).toFixed(1)} s`]),
  ...(peakMb - beforeMb <= mostMb ? [] : [`the process took ${(peakMb - beforeMb).toFixed(0)} MiB`])
]

const whole = (value: number): string => value.toFixed(0)

export const floodColumns: Columns<FloodResult> = [
  ["attack", ({ attack }) => attack],
  ["honest p50 ms", ({ p50Ms }) => whole(p50Ms)],
  ["p99 ms", ({ p99Ms }) => whole(p99Ms)],
  ["worst ms", ({ worstMs }) => whole(worstMs)],
  ["honest errors", ({ requests, errors }) => `${errors} of ${requests}`],
  ["memory before MiB", ({ beforeMb }) => whole(beforeMb)],
  ["peak MiB", ({ peakMb }) => whole(peakMb)],
  ["after MiB", ({ afterMb }) => whole(afterMb)]
]
