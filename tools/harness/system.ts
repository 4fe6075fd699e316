// The system as it is deployed: API and worker processes from dist/ on real services, in a database,
// a queue and a Redis of its own.

import { makeClient, shopAt } from "./client.ts"
import { callCli, mustCallCli } from "./commandLine.ts"
import {
  type CliResult,
  type Environment,
  programEnvironment,
  programs,
  urlOf
} from "./deployment.ts"
import { startMongo, withDatabase } from "./mongo.ts"
import { type Program, run } from "./program.ts"
import { createQueues } from "./queues.ts"
import { startRedis } from "./redis.ts"
import type { Runtime } from "./runtimes.ts"
import { startSes } from "./ses.ts"
import { sesControl } from "./ses-control.ts"
import { logIn, mailedCode, password, registerAccount } from "./setUp.ts"
import { startSqs } from "./sqs.ts"
import { makeTogether } from "./together.ts"

export interface Services {
  readonly mongo: { readonly uri: string }
  readonly sqs: { readonly endpoint: string }
  readonly ses: { readonly endpoint: string }
}

/** MongoDB, SQS and SES, started side by side. A system starts its own Redis. */
export async function startServices(): Promise<Services & { readonly stop: () => Promise<void> }> {
  const { keep, stop } = makeTogether()
  try {
    const [mongo, sqs, ses] = await Promise.all([
      keep(startMongo()),
      keep(startSqs()),
      keep(startSes())
    ])
    return { mongo: mongo.address, sqs: sqs.address, ses: ses.address, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** `runtime`: what runs API and worker, where it is another than Node. */
export async function startSystem(
  services: Services,
  settings: Environment = {},
  runtime?: Pick<Runtime, "run">
) {
  const redis = await startRedis()
  const queues = await createQueues(services.sqs.endpoint, { visibilitySeconds: 10 })
  const mongoUri = withDatabase(services.mongo.uri)
  const env: Environment = programEnvironment(
    {
      ...services,
      mongo: { uri: mongoUri },
      redis: redis.address,
      queues
    },
    {
      WORKER_VISIBILITY_SECONDS: "10",
      SES_MAX_PER_SECOND: "1000",
      RATE_LIMIT_FACTOR: "100000",
      ...settings
    }
  )
  const started: Array<Program> = []
  const start = async (part: "api" | "worker"): Promise<{ program: Program; url: string }> => {
    const program = runtime?.run(`dist/programs/${part}.js`, env) ?? run(programs[part], env)
    started.push(program)
    return { program, url: await urlOf(program) }
  }
  const cli = (...args: ReadonlyArray<string>): Promise<CliResult> => callCli(env, ...args)
  await mustCallCli({ MONGO_URI: mongoUri }, "migrate")
  const mails = sesControl(services.ses.endpoint)

  return {
    env,
    cli,
    mails,
    redis: redis.node,
    startApi: () => start("api"),
    startWorker: () => start("worker"),
    /** Registers, reads the code from the mail, verifies and logs in. */
    signUp: async (url: string, name: string, role: "user" | "admin" = "user") => {
      const client = makeClient(url)
      const email = `${name}-${crypto.randomUUID()}@example.com`
      await registerAccount(client, { email, password }, (to) => mailedCode(mails, to))
      if (role === "admin") await mustCallCli({ MONGO_URI: mongoUri }, "admin", "grant", email)
      const tokens = await logIn(client, { email, password })
      const shop = shopAt(url, tokens)
      return { email, password, client: makeClient(url, tokens.accessToken), shop, tokens }
    },
    stop: async (): Promise<void> => {
      for (const program of started) program.signal("SIGKILL")
      await Promise.all(started.map(({ ended }) => ended))
      await redis.stop()
    }
  }
}

export type System = Awaited<ReturnType<typeof startSystem>>
