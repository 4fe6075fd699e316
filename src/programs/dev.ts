// The whole system in one process; prints its URLs and how to begin. `npm run dev` runs it, and restarts it after each
// edit.
import "./node-floor.js"
import "./loadTsx.ts"
import { Console, Effect, Option } from "effect"
import { type DevConfig, devConfig } from "./config/config.ts"
import { startDev } from "./devSystem.ts"
import { runMain } from "./runMain.ts"

const parts = (config: DevConfig): string => {
  const kind = (configured: unknown, name: string) => (configured === undefined ? "embedded" : name)
  return [
    `database ${kind(config.mongoUri, "MongoDB")}`,
    `cache ${kind(config.redis.host, "Redis")}`,
    `queue ${kind(config.queueUrl, "SQS")}`,
    `mail ${kind(config.sender, "SES")}`,
    `SMS ${kind(config.twilio, "Twilio")}`
  ].join(", ")
}

/** What of the data lasts: orders, accounts and stock are in the database. */
const dataLine = ({ mongoUri }: DevConfig): string =>
  mongoUri === undefined
    ? "in memory: it ends with this process, and an edit begins anew (npm run dev:live keeps it)"
    : "kept in MongoDB"

type Started = Effect.Success<ReturnType<typeof startDev>>

const adminLine = ({ admin }: Started): string =>
  Option.match(admin, {
    onNone: () =>
      "none was made in this database: set DEV_ADMIN_EMAIL and DEV_ADMIN_PASSWORD, or run npm run cli -- admin grant EMAIL",
    onSome: ({ email, password }) =>
      `${email} / ${Option.getOrElse(password, () => "(the password it had)")}`
  })

const banner = (config: DevConfig, started: Started): string => {
  const { port, mailbox } = started
  const url = `http://localhost:${port}`
  return [
    "",
    `  API      ${url}/api`,
    `  Docs     ${url}/docs`,
    `  Console  ${url}/console`,
    ...(mailbox ? [`  Mailbox  ${url}/dev/mailbox`] : []),
    `  Admin    ${adminLine(started)}`,
    `  Parts    ${parts(config)}`,
    `  Data     ${dataLine(config)}`,
    "",
    "  Begin with:",
    `    curl -s ${url}/api/products`,
    `    npm run demo -- --url ${url}`,
    ""
  ].join("\n")
}

const program = Effect.gen(function* () {
  const config = yield* devConfig
  const started = yield* startDev(config)
  yield* Console.log(banner(config, started))
  return yield* Effect.never
})

runMain(Effect.scoped(program))
