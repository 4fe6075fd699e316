// What the programs under bench read from the environment: the variables of this system.
import * as z from "zod"

const Settings = z.object({
  HOST: z.string().default("127.0.0.1"),
  PORT: z.coerce.number().int().min(0).max(65_535).default(5000),
  MONGO_URI: z.string().startsWith("mongodb"),
  REDIS_HOST: z.string().min(1),
  REDIS_PORT: z.coerce.number().int().min(1).max(65_535),
  AWS_SQS_QUEUE_URL: z.url(),
  SES_SENDER_EMAIL: z.string().min(1),
  ACCESS_TOKEN_SECRET: z.string().min(32),
  WORKER_CONCURRENCY: z.coerce.number().int().min(1),
  RATE_LIMIT_FACTOR: z.coerce.number().positive().default(1)
})
export type Settings = z.infer<typeof Settings>

/** Region, credentials and endpoints of AWS are not here: its SDK reads them by itself. */
export const readSettings = (): Settings => {
  const { data, error } = Settings.safeParse(process.env)
  if (error) throw new Error(`The environment does not fit:\n${z.prettifyError(error)}`)
  return data
}
