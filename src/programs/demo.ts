// `npm run demo`: runs the whole journey against the system at `--url`, otherwise against its own embedded system, and
// prints each step; exit code 1 if a step fails. `--mailbox`: the URL of the system's mailbox, if it is another one.
import "./node-floor.js"
import { ConfigProvider, Console, Effect, Option } from "effect"
import * as RandomIdGenerator from "../layers/crypto/RandomIdGenerator.ts"
import { IdGenerator } from "../services/runtime/IdGenerator.ts"
import { devConfig } from "./config/config.ts"
import { walk } from "./demo/journey.ts"
import { startDev } from "./devSystem.ts"
import { commandLine, runMain, UsageError } from "./runMain.ts"

const usage =
  "Usage: npm run demo -- [--url URL [--mailbox URL]]   (URLs such as http://localhost:5000)"

/** The URLs of system and mailbox that were asked for; none: an embedded system. */
const target = Effect.gen(function* () {
  const { values, positionals } = yield* commandLine(
    { url: { type: "string" }, mailbox: { type: "string" } },
    usage
  )
  const { url, mailbox } = values
  const given = [url, mailbox].filter((one) => one !== undefined)
  if (positionals.length > 0 || !given.every((one) => URL.canParse(one)))
    return yield* new UsageError({ problem: "The demo takes URLs, or nothing.", usage })
  if (mailbox !== undefined && url === undefined)
    return yield* new UsageError({ problem: "--mailbox goes with --url.", usage })
  return Option.map(Option.fromUndefinedOr(url), (url) => ({ url, mailbox: mailbox ?? url }))
})

/** Any free port, and only what goes wrong in the log. */
const quiet = ConfigProvider.layer(
  ConfigProvider.fromEnvRecord({ HOST: "127.0.0.1", PORT: "0", LOG_LEVEL: "warn" })
)

const startEmbedded = Effect.gen(function* () {
  const { port } = yield* startDev(yield* devConfig)
  const url = `http://127.0.0.1:${port}`
  return { url, mailbox: url }
}).pipe(Effect.provide(quiet))

const program = Effect.gen(function* () {
  const asked = yield* target
  const { url, mailbox } = Option.isSome(asked) ? asked.value : yield* startEmbedded
  yield* Console.log(`The journey at ${url}${Option.isNone(asked) ? " (embedded)" : ""}`)
  const id = yield* IdGenerator.use((ids) => ids.next)
  yield* walk(url, mailbox, `demo-${id}@example.com`)
  yield* Console.log("Done: every step held.")
})

runMain(Effect.scoped(program).pipe(Effect.provide(RandomIdGenerator.layer)))
