// What `npm run dev:live` gives the system: a real MongoDB and Redis, obtained as the tests obtain theirs, whose data
// stays in a folder, and secrets that stay with it. Queue and mail are embedded unless they are configured.
import { randomBytes } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { startStoredMongo, withDatabase } from "../harness/mongo.ts"
import { startRedis } from "../harness/redis.ts"
import { makeTogether } from "../harness/together.ts"

export interface Live {
  /** For the system's process. */
  readonly env: Readonly<Record<string, string>>
  /** Where the secrets are. */
  readonly secretsFile: string
  readonly stop: () => Promise<void>
}

const secret = (bytes: number): string => randomBytes(bytes).toString("base64url")

const newSecrets = () => ({
  DEV_ADMIN_EMAIL: "admin@example.com",
  DEV_ADMIN_PASSWORD: secret(12),
  ACCESS_TOKEN_SECRET: secret(48),
  REFRESH_TOKEN_SECRET: secret(48),
  JWT_SECRET: secret(48)
})

/** The secrets of the folder, made at its first use. They stay, so logins stay valid. */
const secretsIn = (file: string): Readonly<Record<string, string>> => {
  if (!existsSync(file))
    writeFileSync(file, `${JSON.stringify(newSecrets(), null, 2)}\n`, { mode: 0o600 })
  return JSON.parse(readFileSync(file, "utf8"))
}

/** Its MongoDB and Redis stop with this process, also when it is killed. */
export async function startLive(folder: string): Promise<Live> {
  const [mongoDir, redisDir] = [join(folder, "mongo"), join(folder, "redis")]
  for (const dir of [mongoDir, redisDir]) mkdirSync(dir, { recursive: true })
  const secretsFile = join(folder, "secrets.json")
  const secrets = secretsIn(secretsFile)
  const { keep, stop } = makeTogether()
  try {
    const [mongo, redis] = await Promise.all([
      keep(startStoredMongo(mongoDir)),
      keep(startRedis({ dir: redisDir }))
    ])
    const env = {
      ...secrets,
      MONGO_URI: withDatabase(mongo.address.uri, "orders"),
      REDIS_HOST: redis.address.host,
      REDIS_PORT: String(redis.address.port),
      // What .env says of another Redis is not for this one.
      ...{ REDIS_USERNAME: "", REDIS_PASSWORD: "", REDIS_TLS: "", REDIS_CLUSTER: "" }
    }
    return { env, secretsFile, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
