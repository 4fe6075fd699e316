// The system as it is deployed: API and worker processes from dist/ on real services, in a database,
// a queue and a Redis of its own.

import { makeClient } from "./client.ts"
import { withDatabase } from "./mongo.ts"
import { type Program, run } from "./program.ts"
import { awsTestAccess, createQueues } from "./queues.ts"
import { startRedis } from "./redis.ts"
import { sesControl } from "./ses-control.ts"

export interface Services {
  readonly mongo: { readonly uri: string }
  readonly sqs: { readonly endpoint: string }
  readonly ses: { readonly endpoint: string }
}

const flags = ["--import", "./src/programs/node-floor.js"]
const secret = (seed: string): string => seed.repeat(48)

/** Environment for every program of one system. */
export type Environment = Readonly<Record<string, string>>

export async function startSystem(services: Services, settings: Environment = {}) {
  const redis = await startRedis()
  const queues = await createQueues(services.sqs.endpoint, { visibilitySeconds: 10 })
  const env: Environment = {
    MONGO_URI: withDatabase(services.mongo.uri),
    REDIS_HOST: redis.address.host,
    REDIS_PORT: String(redis.address.port),
    AWS_REGION: awsTestAccess.region,
    AWS_ACCESS_KEY_ID: awsTestAccess.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: awsTestAccess.credentials.secretAccessKey,
    AWS_ENDPOINT_URL_SQS: services.sqs.endpoint,
    AWS_ENDPOINT_URL_SES: services.ses.endpoint,
    AWS_SQS_QUEUE_URL: queues.queueUrl,
    AWS_SQS_DLQ_URL: queues.dlqUrl,
    SES_SENDER_EMAIL: "orders@example.com",
    ACCESS_TOKEN_SECRET: secret("a"),
    REFRESH_TOKEN_SECRET: secret("r"),
    JWT_SECRET: secret("j"),
    HOST: "127.0.0.1",
    PORT: "0",
    WORKER_PORT: "0",
    WORKER_VISIBILITY_SECONDS: "10",
    SES_MAX_PER_SECOND: "1000",
    RATE_LIMIT_FACTOR: "100000",
    METRICS_TOKEN: "metrics-token-of-the-tests",
    ...settings
  }
  const programs: Array<Program> = []
  const start = async (entry: string): Promise<{ program: Program; url: string }> => {
    const program = run([...flags, entry], env)
    programs.push(program)
    const port = (await program.said(/"message":"listening".*?"port":(\d+)/))[1]
    return { program, url: `http://127.0.0.1:${port}` }
  }
  const cli = async (
    ...args: ReadonlyArray<string>
  ): Promise<{ code: number | string; output: string }> => {
    const program = run([...flags, "dist/programs/cli.js", ...args], env)
    return { code: await program.ended, output: program.output() }
  }
  const migrated = await cli("migrate")
  if (migrated.code !== 0) throw new Error(`migrate failed:\n${migrated.output}`)
  const mails = sesControl(services.ses.endpoint)

  return {
    env,
    cli,
    mails,
    redis: redis.node,
    startApi: () => start("dist/programs/api.js"),
    startWorker: () => start("dist/programs/worker.js"),
    /** Registers, reads the code from the mail, verifies and logs in. */
    signUp: async (url: string, name: string, role: "user" | "admin" = "user") => {
      const client = makeClient(url)
      const email = `${name}-${crypto.randomUUID()}@example.com`
      const password = "correct horse battery staple"
      const registered = await client.post("/api/auth/register", { email, password })
      const [mail] = await mails.inbox({ to: email, atLeast: 1 })
      const otp = /\b\d{6}\b/.exec(mail?.text ?? "")?.[0]
      const verified = await client.post("/api/auth/verify-otp", {
        verificationId: registered.body.verificationId,
        otp
      })
      if (verified.status !== 200) throw new Error(`verify: ${verified.text}`)
      if (role === "admin") await cli("admin", "grant", email)
      const { body } = await client.post("/api/auth/login", { email, password })
      return { email, password, client: makeClient(url, body.accessToken), tokens: body }
    },
    stop: async (): Promise<void> => {
      for (const program of programs) program.signal("SIGKILL")
      await Promise.all(programs.map(({ ended }) => ended))
      await redis.stop()
    }
  }
}

export type System = Awaited<ReturnType<typeof startSystem>>
