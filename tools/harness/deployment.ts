// The programs of this system as they are deployed: their arguments, their environment, how they are run.
import { resolve } from "node:path"
import { type Program, run } from "./program.ts"
import { awsTestAccess, type QueuePair } from "./queues.ts"
import type { RedisAddress } from "./redis.ts"

/**
 * Node's arguments for each program of the checkout at `root`, as its build made it: `dev` starts in a third of the time
 * that its sources take, which devLoop.test.ts starts, as `npm run dev` does.
 */
export const programsIn = (root: string) => {
  const flags = ["--import", resolve(root, "src/programs/node-floor.js")]
  const argumentsOf = (entry: string): ReadonlyArray<string> => [...flags, resolve(root, entry)]
  return {
    api: argumentsOf("dist/programs/api.js"),
    worker: argumentsOf("dist/programs/worker.js"),
    cli: argumentsOf("dist/programs/cli.js"),
    dev: argumentsOf("dist/programs/dev.js")
  } as const
}

export const programs = programsIn(resolve(import.meta.dirname, "../.."))

/** Variables by their names. */
export type Environment = Readonly<Record<string, string>>

export interface ServiceAddresses {
  /** Names the database. */
  readonly mongo: { readonly uri: string }
  readonly redis: Pick<RedisAddress, "host" | "port">
  readonly sqs: { readonly endpoint: string }
  readonly ses: { readonly endpoint: string }
  readonly queues: QueuePair
}

/** The key that signs access tokens, for load that signs its own. */
export const accessTokenSecret = "a".repeat(48)

/** The environment of every program of one system. `settings` win. Ports are free ones. */
export const programEnvironment = <S extends Environment>(
  { mongo, redis, sqs, ses, queues }: ServiceAddresses,
  settings: S
) => ({
  MONGO_URI: mongo.uri,
  REDIS_HOST: redis.host,
  REDIS_PORT: String(redis.port),
  AWS_REGION: awsTestAccess.region,
  AWS_ACCESS_KEY_ID: awsTestAccess.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: awsTestAccess.credentials.secretAccessKey,
  AWS_ENDPOINT_URL_SQS: sqs.endpoint,
  AWS_ENDPOINT_URL_SES: ses.endpoint,
  AWS_SQS_QUEUE_URL: queues.queueUrl,
  AWS_SQS_DLQ_URL: queues.dlqUrl,
  SES_SENDER_EMAIL: "orders@example.com",
  ACCESS_TOKEN_SECRET: accessTokenSecret,
  REFRESH_TOKEN_SECRET: "r".repeat(48),
  JWT_SECRET: "j".repeat(48),
  METRICS_TOKEN: "metrics-token-of-the-tests",
  HOST: "127.0.0.1",
  PORT: "0",
  WORKER_PORT: "0",
  ...settings
})

/** Where an API or a worker listens, once it says so. */
export const urlOf = async ({ said }: Program, withinMs?: number): Promise<string> => {
  const [, port] = await said(/"message":"listening".*?"port":(\d+)/u, withinMs)
  return `http://127.0.0.1:${port}`
}

export interface CliResult {
  /** Exit code, or the signal's name. */
  readonly code: number | string
  /** Standard output and error together. */
  readonly output: string
  /** Standard output alone, which has a command's answer. */
  readonly stdout: string
}

const runCliOf = async (
  cli: ReadonlyArray<string>,
  env: Environment,
  args: ReadonlyArray<string>
): Promise<CliResult> => {
  const program = run([...cli, ...args], env)
  return { code: await program.ended, output: program.output(), stdout: program.stdout() }
}

/** Runs a command of the command line to its end. */
export const runCli = (env: Environment, ...args: ReadonlyArray<string>): Promise<CliResult> =>
  runCliOf(programs.cli, env, args)

/** Throws where a command did not end with 0. */
export const mustEnd = ({ code, output }: CliResult, args: ReadonlyArray<string>): void => {
  if (code !== 0) throw new Error(`cli ${args.join(" ")} ended with ${code}:\n${output}`)
}

/** The same of another checkout's command line; throws where it does not end with 0. */
export const mustRun = async (
  cli: ReadonlyArray<string>,
  env: Environment,
  ...args: ReadonlyArray<string>
): Promise<void> => mustEnd(await runCliOf(cli, env, args), args)

/** The same of this one. */
export const mustRunCli = (env: Environment, ...args: ReadonlyArray<string>): Promise<void> =>
  mustRun(programs.cli, env, ...args)
