// How long reading an order from the cache takes while others log in, next to the same reads without them:
// in turns, on one system, with the load from processes of their own.
import type { Outcome, Shot } from "../harness/load.ts"
import { startLoad } from "./load.ts"
import { quantileOf } from "./statistics.ts"

export interface ReadsOptions {
  readonly url: string
  /** Gives a fresh access token of whose the order is: one lives less long than a long measurement. */
  readonly logIn: () => Promise<string>
  readonly orderPath: string
  /** One for each login at a time. */
  readonly logins: ReadonlyArray<{ readonly email: string; readonly password: string }>
  readonly rounds: number
  /** Each half of a round. */
  readonly seconds: number
}

export interface Spread {
  readonly count: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly worst: number
}

export interface Reads {
  readonly idle: Spread
  readonly storm: Spread
  readonly rounds: ReadonlyArray<{ readonly idle: Spread; readonly storm: Spread }>
  readonly loginsPerSecond: number
  /** Milliseconds of each read. */
  readonly times: { readonly idle: ReadonlyArray<number>; readonly storm: ReadonlyArray<number> }
}

/** How many times as long a read takes during logins. */
export const ratioOf = (
  { idle, storm }: { readonly idle: Spread; readonly storm: Spread },
  of: "p50" | "p99"
): number => storm[of] / idle[of]

/** 4 connections, 400 requests a second: far from all that the system can do, so nothing waits in line. */
const readConnections = 4
const readEveryMs = 10

/** Throws where an answer is another one, which would be no measurement. */
const timesOf = (what: string, outcomes: ReadonlyArray<Outcome>): ReadonlyArray<number> => {
  const other = outcomes.find(({ status }) => status !== 200)
  if (other !== undefined) throw new Error(`${what}: ${other.status ?? other.error}, not 200`)
  return outcomes.map(({ ms }) => ms)
}

const spreadOf = (times: ReadonlyArray<number>): Spread => ({
  count: times.length,
  p50: quantileOf(times, 0.5),
  p99: quantileOf(times, 0.99),
  worst: quantileOf(times, 1)
})

export async function readsBesideLogins(options: ReadsOptions): Promise<Reads> {
  const { url, logIn, orderPath, logins, rounds, seconds } = options
  const shot: Shot = { method: "GET", path: orderPath }
  let loginCount = 0
  let loginSeconds = 0
  const read = async (token: string) => {
    const shots = Array.from({ length: readConnections }, () => shot)
    const { ended } = startLoad({ url, token, shots, everyMs: readEveryMs, seconds })
    return timesOf("read", (await ended).outcomes)
  }
  const readInStorm = async (token: string) => {
    const storm = startLoad({
      url,
      shots: logins.map((body) => ({ method: "POST", path: "/api/auth/login", body })),
      everyMs: 0
    })
    await storm.begun
    const times = await read(token)
    storm.stop()
    const { outcomes, seconds } = await storm.ended
    // Where the machine is too busy for them some are refused, as they should be.
    loginCount += outcomes.filter(({ status }) => status === 200).length
    loginSeconds += seconds
    return times
  }

  const played: Array<{
    readonly idle: ReadonlyArray<number>
    readonly storm: ReadonlyArray<number>
  }> = []
  for (let round = 0; round < rounds; round++) {
    const token = await logIn()
    const idle = await read(token)
    played.push({ idle, storm: await readInStorm(token) })
  }
  const times = {
    idle: played.flatMap(({ idle }) => idle),
    storm: played.flatMap(({ storm }) => storm)
  }
  const spreads = (of: (typeof played)[number]) => ({
    idle: spreadOf(of.idle),
    storm: spreadOf(of.storm)
  })
  return {
    ...spreads(times),
    rounds: played.map(spreads),
    loginsPerSecond: loginCount / loginSeconds,
    times
  }
}
