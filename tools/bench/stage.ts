// Where one contestant is measured: a database and a cache that it keeps over the rounds, and for each
// measurement a fresh queue, no mails, and processes that nothing has run in before.
import { Redis } from "ioredis"
import type { mongo } from "mongoose"
import { type Environment, programEnvironment } from "../harness/deployment.ts"
import { withDatabase } from "../harness/mongo.ts"
import { lastWordsOf, type Program, run } from "../harness/program.ts"
import { createQueues, deleteQueues } from "../harness/queues.ts"
import { startRedis } from "../harness/redis.ts"
import {
  type Contestant,
  type DataSet,
  type Running,
  type RunningApi,
  startApi,
  startProgram,
  type Target
} from "./contestant.ts"
import { type Load, startLoad } from "./load/load.ts"
import type { LoadResult, Plan } from "./load/plan.ts"
import type { Services } from "./services.ts"

export interface Stage {
  readonly services: Services
  readonly contestant: Contestant
  readonly db: mongo.Db
  readonly redis: Redis
  readonly queueUrl: string
  readonly env: Environment
  readonly startApi: () => Promise<RunningApi>
  readonly startWorker: () => Running
  /** Runs a program of a limit to its end, and answers the JSON that it prints. */
  readonly runTool: (args: ReadonlyArray<string>) => Promise<unknown>
  /** Makes load, and answers one result for each program that the plan names. */
  readonly load: (plan: Plan) => Promise<ReadonlyArray<LoadResult>>
  /** The work, unless a program dies first or so many seconds pass: then it rejects and says which. */
  readonly within: <A>(
    what: string,
    seconds: number,
    work: (signal: AbortSignal) => Promise<A>
  ) => Promise<A>
}

/** The database of one contestant, with its data in it. */
export interface House {
  /** Opens a stage, plays on it, and ends every program that was started there. */
  readonly play: <A>(act: (stage: Stage) => Promise<A>) => Promise<A>
  readonly close: () => Promise<void>
}

const seedWithinSeconds = 300
/** What a load may take in addition to its own time: its process starts, and the last answers come. */
const loadOverheadSeconds = 40

const settings = {
  WORKER_CONCURRENCY: "64",
  METRICS_TOKEN: "metrics-token-of-the-bench",
  // Limits would be measured instead of the system.
  RATE_LIMIT_FACTOR: "1000000",
  SES_MAX_PER_SECOND: "10000"
}

/** The result of `work`; rejects where one of the programs dies first or so many seconds pass. */
export async function whileRunning<A>(
  what: string,
  seconds: number,
  running: ReadonlySet<Running>,
  work: (signal: AbortSignal) => Promise<A>
): Promise<A> {
  const ended = new AbortController()
  const late = new Promise<never>((_resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`${what} took longer than ${seconds} s${lastWordsOfAll(running)}`)),
      1000 * seconds
    )
    ended.signal.addEventListener("abort", () => clearTimeout(timer))
  })
  try {
    return await Promise.race([work(ended.signal), late, ...[...running].map(({ died }) => died)])
  } finally {
    ended.abort()
  }
}

const lastWordsOfAll = (running: ReadonlySet<Running>): string =>
  [...running].map((program) => `\n${program.pid} said last:\n${lastWordsOf(program)}`).join("")

export async function openHouse(
  services: Services,
  contestant: Contestant,
  data: DataSet
): Promise<House> {
  const uri = withDatabase(services.mongo.uri, `bench-${crypto.randomUUID()}`)
  const db = services.mongo.client.db(new URL(uri).pathname.slice(1))
  const cache = await startRedis()
  const redis = new Redis(cache.address)
  // Its commands reject as well, and those are heard.
  redis.on("error", () => undefined)
  const target: Target = { mongo: { uri }, redis: cache.address }
  const close = async (): Promise<void> => {
    redis.disconnect()
    await cache.stop()
    await db.dropDatabase()
  }
  try {
    await whileRunning(`seeding ${contestant.name}`, seedWithinSeconds, new Set(), () =>
      contestant.seed(target, data)
    )
  } catch (error) {
    await close()
    throw error
  }

  const play = async <A>(act: (stage: Stage) => Promise<A>): Promise<A> => {
    await services.ses.clear()
    const queues = await createQueues(services.sqs.endpoint, { visibilitySeconds: 60 })
    const env: Environment = programEnvironment(
      { ...services, ...target, ses: services.ses.address, queues },
      { ...settings, ...contestant.env?.(services) }
    )
    const running = new Set<Running>()
    const loads = new Set<Load>()
    const tools = new Set<Program>()
    const keep = <R extends Running>(program: R): R => {
      const kept = {
        ...program,
        kill: () => {
          running.delete(kept)
          return program.kill()
        }
      }
      running.add(kept)
      return kept
    }
    const partOf = (part: "api" | "worker"): ReadonlyArray<string> => {
      const args = contestant[part]
      if (args === undefined) throw new Error(`${contestant.name} has no ${part}`)
      return args
    }
    const within: Stage["within"] = (what, seconds, work) =>
      whileRunning(what, seconds, running, work)
    try {
      const result = await act({
        ...{ services, contestant, db, redis, env, within },
        queueUrl: queues.queueUrl,
        startApi: async () => keep(await startApi(partOf("api"), env)),
        startWorker: () => keep(startProgram(partOf("worker"), env)),
        runTool: async (args) => {
          const tool = run(args, env)
          tools.add(tool)
          const code = await tool.ended
          if (code === 0) return JSON.parse(tool.output())
          throw new Error(`${args.join(" ")} ended with ${code}:\n${lastWordsOf(tool)}`)
        },
        load: (plan) => {
          const load = startLoad(plan)
          loads.add(load)
          return within("a load", plan.seconds + loadOverheadSeconds, () => load.results)
        }
      })
      await Promise.all([...running].map(({ stop }) => stop()))
      return result
    } catch (error) {
      await Promise.allSettled([...running].map(({ stop }) => stop()))
      throw error
    } finally {
      for (const { stop } of loads) stop()
      for (const { signal } of tools) signal("SIGKILL")
      await deleteQueues(queues)
    }
  }

  return { play, close }
}

/** A house for one measurement only. */
export async function inFreshHouse<A>(
  services: Services,
  contestant: Contestant,
  data: DataSet,
  act: (stage: Stage) => Promise<A>
): Promise<A> {
  const house = await openHouse(services, contestant, data)
  try {
    return await house.play(act)
  } finally {
    await house.close()
  }
}
