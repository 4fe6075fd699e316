// API, worker and command line of the image on real services: an order is placed, confirmed and mailed, the health
// check tells who lives, and both processes drain when they are asked to stop.
import { makeClient, type TestClient } from "../harness/client.ts"
import { type Environment, programEnvironment, urlOf } from "../harness/deployment.ts"
import { freePort } from "../harness/kept.ts"
import { withDatabase } from "../harness/mongo.ts"
import { lastWordsOf, type Program } from "../harness/program.ts"
import { createQueues } from "../harness/queues.ts"
import { startRedis } from "../harness/redis.ts"
import { type SesControl, sesControl } from "../harness/ses-control.ts"
import { logIn, mailedCode, password, registerAccount } from "../harness/setUp.ts"
import { startServices } from "../harness/system.ts"
import { makeTogether } from "../harness/together.ts"
import { until } from "../harness/until.ts"
import { type Check, check } from "./check.ts"
import type { BuiltImage } from "./image.ts"

const api = ["node", "dist/programs/api.js"]
const worker = ["node", "dist/programs/worker.js"]

/** Orders that are under way when the API is asked to stop. */
const underWay = 10

/** How long a process may take to stop: what hosts are told to grant. */
const graceSeconds = 40

const email = "ada@example.com"

async function environmentOf(keep: ReturnType<typeof makeTogether>["keep"]) {
  const [services, redis] = await Promise.all([keep(startServices()), keep(startRedis())])
  const queues = await createQueues(services.sqs.endpoint)
  const mongo = { uri: withDatabase(services.mongo.uri) }
  const env = programEnvironment(
    { ...services, mongo, redis: redis.address, queues },
    { PORT: String(await freePort()), WORKER_PORT: String(await freePort()) }
  )
  return { env, mails: sesControl(services.ses.endpoint) }
}

async function signUp(url: string, mails: SesControl): Promise<TestClient> {
  const visitor = makeClient(url)
  await registerAccount(visitor, { email, password }, (to) => mailedCode(mails, to))
  const { accessToken } = await logIn(visitor, { email, password })
  return makeClient(url, accessToken)
}

const order = { items: [{ sku: "kettle", quantity: 1 }] }

async function stopped(program: Program): Promise<string> {
  const asked = performance.now()
  program.signal("SIGTERM")
  const code = await program.ended
  const seconds = (performance.now() - asked) / 1000
  if (code !== 0) return `${code}: ${lastWordsOf(program)}`
  return seconds < graceSeconds ? "" : `after ${seconds.toFixed(0)} s`
}

/** The API answers every request that it has when it is asked to stop, and then ends with 0. */
async function checkDrain(program: Program, client: TestClient): Promise<Check> {
  const requests = Array.from({ length: underWay }, () => client.post("/api/orders", order))
  await Promise.race(requests)
  const outcome = await stopped(program)
  const statuses = (await Promise.allSettled(requests)).map((answer) =>
    answer.status === "fulfilled" ? answer.value.status : String(answer.reason)
  )
  const unanswered = statuses.filter((status) => status !== 201)
  return check(
    "the API answers what it has at SIGTERM, and ends with 0",
    outcome === "" && unanswered.length === 0,
    outcome || `${statuses.length - unanswered.length} of ${underWay} orders answered`
  )
}

export async function checkJourney(image: BuiltImage): Promise<ReadonlyArray<Check>> {
  const { keep, stop } = makeTogether()
  const started: Array<Program> = []
  const start = async (command: ReadonlyArray<string>, env: Environment): Promise<Program> => {
    const program = image.run(command, env)
    started.push(program)
    await urlOf(program, 60_000)
    return program
  }
  try {
    return await walk()
  } catch (error) {
    const words = started.map(lastWordsOf).join("\n")
    throw new Error(`an order could not be processed:\n${words}`, { cause: error })
  } finally {
    for (const program of started) program.signal("SIGKILL")
    await stop()
  }

  async function walk(): Promise<ReadonlyArray<Check>> {
    const { env, mails } = await environmentOf(keep)
    const url = `http://127.0.0.1:${env.PORT}`
    const cli = async (...args: ReadonlyArray<string>): Promise<string> => {
      const program = image.run(["node", "dist/programs/cli.js", ...args], env)
      return (await program.ended) === 0 ? "" : `${args.join(" ")}: ${lastWordsOf(program)}`
    }
    const isHealthy = async (ports: Environment): Promise<boolean> => {
      const [, ...command] = image.config.Healthcheck?.Test ?? []
      return (await image.run(command, ports).ended) === 0
    }

    const commands = [await cli("migrate"), await cli("seed"), await cli("stock", "audit")]
    const apiProgram = await start(api, env)
    const workerProgram = await start(worker, env)
    const nowhere = String(await freePort())
    const healthy = [
      await isHealthy({ PORT: env.PORT, WORKER_PORT: nowhere }),
      await isHealthy({ PORT: nowhere, WORKER_PORT: env.WORKER_PORT }),
      await isHealthy({ PORT: nowhere, WORKER_PORT: nowhere })
    ]
    const client = await signUp(url, mails)
    const placed = await client.post("/api/orders", order)
    const settled = await until(
      "the order is mailed",
      () => client.get(`/api/orders/${placed.body.id}`),
      ({ body }) => body.confirmation?.state === "sent",
      30_000
    )
    const drain = await checkDrain(apiProgram, client)
    const workerOutcome = await stopped(workerProgram)
    const audit = await cli("stock", "audit")

    const complaints = [...commands, audit].filter((complaint) => complaint !== "")
    return [
      check(
        "its command line migrates, seeds and audits",
        complaints.length === 0,
        complaints.join("; ") || "exit code 0, twice for the audit"
      ),
      check(
        "its health check reports which process is alive",
        healthy.join() === "true,true,false",
        `API ${healthy[0]}, worker ${healthy[1]}, no process ${healthy[2]}`
      ),
      check(
        "its API and worker take an order, confirm and mail it",
        settled.body.status === "confirmed",
        `${settled.body.number}, ${settled.body.status}, mail ${settled.body.confirmation.state}`
      ),
      drain,
      check("the worker ends with 0 at SIGTERM", workerOutcome === "", workerOutcome || "0")
    ]
  }
}
