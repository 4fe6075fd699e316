// What is measured: a program per part, each its own process, all started, asked and stopped alike.
//
// An API program listens on PORT and answers
//   GET  /readyz              200 once it can serve
//   GET  /api/orders/:id      the order as JSON, to its owner and to admins; 404 to others. Read from
//                             Redis, else from MongoDB and then put there
//   GET  /api/products/:sku   { sku, name, unitPrice, currency, available }
//   POST /api/orders          { items: [{ sku, quantity }] } -> 201 with the order, durable by then on a
//                             majority, its stock taken, and its message (orderMessage) on the queue then or
//                             soon after; 409 with nothing taken where stock lacks
// to a client with an access token as this system signs them (accessToken.ts). A worker program takes
// the queue's orders from pending to confirmed, sends each one's mail, removes it from the cache or renews it
// there, and deletes the message. Both end with code 0 on SIGTERM.
//
// All have this in common: products are in the collection `products` with `_id` (the SKU) and `available`,
// orders in `orders` with `_id`, `status` and `items: [{ sku, quantity, … }]`. So what was sold can be
// counted in each of them alike.

import type { Environment } from "../harness/deployment.ts"
import { freePort } from "../harness/kept.ts"
import { lastWordsOf, run } from "../harness/program.ts"
import type { RedisAddress } from "../harness/redis.ts"

export interface SeedProduct {
  readonly sku: string
  readonly name: string
  /** Minor units. */
  readonly unitPrice: number
  /** ISO 4217. */
  readonly currency: string
  readonly available: number
}

export interface SeedUser {
  readonly id: string
  readonly email: string
  readonly name: string
}

/** An order as its owner sees it, with dates as dates. */
export interface SeedOrder {
  readonly id: string
  readonly userId: string
  readonly status: "pending" | "confirmed"
  readonly items: ReadonlyArray<{
    readonly sku: string
    readonly name: string
    readonly quantity: number
    readonly unitPrice: number
  }>
  readonly total: number
  readonly currency: string
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly version: number
  readonly timeline: ReadonlyArray<{ readonly status: string; readonly at: Date }>
  readonly confirmation: { readonly state: "waiting" | "sent"; readonly at?: Date }
}

/** What every contestant starts from. */
export interface DataSet {
  readonly products: ReadonlyArray<SeedProduct>
  readonly users: ReadonlyArray<SeedUser>
  /** Gone through once, and never held as a whole: there may be a million. */
  readonly orders: Iterable<SeedOrder>
}

/** Where a contestant keeps its data. */
export interface Target {
  /** Names the contestant's own database, which is empty. */
  readonly mongo: { readonly uri: string }
  readonly redis: RedisAddress
}

/** Stores the data set in the contestant's own schema, indexes included. */
export type Seed = (target: Target, data: DataSet) => Promise<void>

export interface Contestant {
  /** Short, for tables and file names. */
  readonly name: string
  /** Of the API program, from the root of the project: arguments for Node. */
  readonly api?: ReadonlyArray<string>
  readonly worker?: ReadonlyArray<string>
  /** Settings that this one has in addition to those of all. */
  readonly env?: (services: { readonly traces: { readonly endpoint: string } }) => Environment
  readonly seed: Seed
}

/** The variables of this system that contestants read as well; each has all of them. */
export interface ContestantEnvironment {
  readonly MONGO_URI: string
  readonly REDIS_HOST: string
  readonly REDIS_PORT: string
  readonly AWS_REGION: string
  readonly AWS_ACCESS_KEY_ID: string
  readonly AWS_SECRET_ACCESS_KEY: string
  readonly AWS_ENDPOINT_URL_SQS: string
  readonly AWS_ENDPOINT_URL_SES: string
  readonly AWS_SQS_QUEUE_URL: string
  readonly SES_SENDER_EMAIL: string
  readonly ACCESS_TOKEN_SECRET: string
  /** How many messages a worker may have in work. */
  readonly WORKER_CONCURRENCY: string
}

/** The body of a message on the queue, the same for every contestant. */
export const orderMessage = (orderId: string): string =>
  JSON.stringify({ v: 1, type: "order.placed", orderId })

export interface Running {
  readonly pid: number
  readonly output: () => string
  /** Rejects when the program ends without having been stopped, with what it said last. */
  readonly died: Promise<never>
  /** SIGKILL, as a machine that fails. */
  readonly kill: () => Promise<void>
  /** SIGTERM, and SIGKILL where that does not end it in 15 s, which is an error, as is any code but 0. */
  readonly stop: () => Promise<void>
}

export interface RunningApi extends Running {
  readonly url: string
  /** From the start of the process to the first 200 of /readyz. */
  readonly readyAfterMs: number
}

/** As `npm start` has it, for the APIs of all: what lives for one request is collected cheaper. */
export const apiFlags = ["--max-semi-space-size=16", "--max-old-space-size=512"]

const readyWithinMs = 30_000
const endWithinMs = 15_000

/** Starts a program of a contestant, such as its worker; an API is started by `startApi`. */
export const startProgram = (args: ReadonlyArray<string>, env: Environment): Running => {
  const program = run(args, { NODE_ENV: "production", ...env })
  let stopping = false
  const died = program.ended.then((code) => {
    if (stopping) return new Promise<never>(() => undefined)
    throw new Error(`${args.join(" ")} ended by itself with ${code}:\n${lastWordsOf(program)}`)
  })
  // A later reader still gets it; that none has come yet is no error of this process.
  died.catch(() => undefined)
  return {
    pid: program.pid,
    output: program.output,
    died,
    kill: async () => {
      stopping = true
      program.signal("SIGKILL")
      await program.ended
    },
    stop: async () => {
      stopping = true
      program.signal("SIGTERM")
      const late = setTimeout(() => program.signal("SIGKILL"), endWithinMs)
      const code = await program.ended
      clearTimeout(late)
      if (code !== 0)
        throw new Error(`${args.join(" ")} ended with ${code} on SIGTERM:\n${lastWordsOf(program)}`)
    }
  }
}

/** Starts an API program on a free port, and waits until it is ready. */
export const startApi = async (
  args: ReadonlyArray<string>,
  env: Environment
): Promise<RunningApi> => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const began = performance.now()
  const running = startProgram([...apiFlags, ...args], {
    ...env,
    HOST: "127.0.0.1",
    PORT: String(port)
  })
  try {
    await Promise.race([untilReady(url), running.died])
  } catch (cause) {
    await running.stop().catch(() => undefined)
    throw new Error(`${args.join(" ")} did not start; it said:\n${lastWordsOf(running)}`, { cause })
  }
  return { ...running, url, readyAfterMs: performance.now() - began }
}

/** Asks every few milliseconds: there is no event to wait for in a program that only answers HTTP. */
const untilReady = async (url: string): Promise<void> => {
  const deadline = AbortSignal.timeout(readyWithinMs)
  let last: unknown
  while (!deadline.aborted) {
    const answer = await fetch(`${url}/readyz`, { signal: deadline }).catch((error: unknown) => {
      last = error
      return undefined
    })
    if (answer?.ok) return
    if (answer !== undefined) last = `${answer.status}: ${await answer.text()}`
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error(`${url} was not ready within ${readyWithinMs / 1000} s`, { cause: last })
}
