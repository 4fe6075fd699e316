// Requests over kept-alive connections, as a load balancer or a busy client sends them, with what became
// of each. client.ts reads bodies and rejects where there is no answer; these only take the time.
import { Agent, request } from "node:http"
import { makeClient } from "./client.ts"
import { tally } from "./statistics.ts"

export interface Outcome {
  /** Undefined where no answer came. */
  readonly status?: number
  readonly retryAfter?: string | undefined
  /** The error's code where there was no answer. */
  readonly error?: string
  readonly ms: number
}

export interface Shot {
  readonly method: "GET" | "POST"
  readonly path: string
  readonly body?: unknown
}

/** `connections`: concurrent requests, each on a connection of its own, from `localAddress` where it is given. */
export function makeLoad(url: string, connections: number, token?: string, localAddress?: string) {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: connections,
    ...(localAddress !== undefined && { localAddress })
  })

  const shoot = ({ method, path, body }: Shot): Promise<Outcome> =>
    new Promise((resolve) => {
      const began = performance.now()
      const payload = body === undefined ? "" : JSON.stringify(body)
      const end = (outcome: Omit<Outcome, "ms">): void =>
        resolve({ ...outcome, ms: performance.now() - began })
      const fail = (error: Error): void => end({ error: codeOf(error) })
      const outgoing = request(new URL(path, url), {
        agent,
        method,
        headers: {
          "content-length": Buffer.byteLength(payload),
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { "content-type": "application/json" })
        }
      })
      outgoing.on("error", fail)
      outgoing.on("response", (incoming) => {
        incoming.resume()
        incoming.on("error", fail)
        incoming.on("end", () =>
          end({
            status: incoming.statusCode ?? 0,
            retryAfter: incoming.headers["retry-after"]
          })
        )
      })
      outgoing.end(payload)
    })

  return {
    shoot,
    /** So many concurrently. */
    volley: (count: number, shot: (i: number) => Shot): Promise<ReadonlyArray<Outcome>> =>
      Promise.all(Array.from({ length: count }, (_, i) => shoot(shot(i)))),
    /** One request after the other on each connection, until `stop` or until the server is gone. */
    sustain: (shot: (i: number) => Shot) => {
      const outcomes: Array<Outcome> = []
      let going = true
      const lane = async (first: number): Promise<void> => {
        for (let i = first; going; i += connections) {
          const outcome = await shoot(shot(i))
          outcomes.push(outcome)
          if (outcome.error === "ECONNREFUSED") return
        }
      }
      const ended = Promise.all(Array.from({ length: connections }, (_, i) => lane(i)))
      return {
        outcomes,
        stop: async (): Promise<ReadonlyArray<Outcome>> => {
          going = false
          await ended
          return outcomes
        },
        /** All outcomes, once every lane was refused a connection. */
        refused: ended.then((): ReadonlyArray<Outcome> => outcomes)
      }
    },
    close: () => agent.destroy()
  }
}

/** Asks for liveness every 200 ms, until it is told to stop; then says how it went. */
export function watchHealth(url: string) {
  const { get } = makeClient(url)
  const answers: Array<{ readonly status: number; readonly ms: number }> = []
  const ask = async (): Promise<void> => {
    const began = performance.now()
    const { status } = await get("/healthz")
    answers.push({ status, ms: performance.now() - began })
  }
  const asked: Array<Promise<void>> = [ask()]
  const timer = setInterval(() => asked.push(ask()), 200)
  return {
    stop: async () => {
      clearInterval(timer)
      await Promise.all(asked)
      return {
        statuses: Array.from(new Set(answers.map(({ status }) => status))),
        worstMs: Math.max(...answers.map(({ ms }) => ms))
      }
    }
  }
}

/** The longest wait of a request, in milliseconds. */
export const worstOf = (outcomes: ReadonlyArray<{ readonly ms: number }>): number =>
  outcomes.reduce((worst, { ms }) => Math.max(worst, ms), 0)

/** How many outcomes there were of each kind: statuses and errors. */
export const countBy = (outcomes: ReadonlyArray<Outcome>): Readonly<Record<string, number>> =>
  tally(outcomes.map(({ status, error }) => String(status ?? error)))

const codeOf = (error: Error): string =>
  "code" in error && typeof error.code === "string" ? error.code : error.message
