// `npm run demo`: walks the whole journey against the system at `--url`, else against an embedded one of its
// own, and prints each step; exit code 1 if a step fails.
import "./node-floor.js"
import { ConfigProvider, Console, Effect, Option } from "effect"
import * as RandomIdGenerator from "../layers/crypto/RandomIdGenerator.ts"
import { IdGenerator } from "../services/runtime/IdGenerator.ts"
import { devConfig } from "./config/config.ts"
import { walk } from "./demo/journey.ts"
import { startDev } from "./devSystem.ts"
import { commandLine, runMain, UsageError } from "./runMain.ts"

const usage = "Usage: npm run demo -- [--url URL]   (a URL such as http://localhost:5000)"

/** The URL that was asked for; none: an embedded system. */
const target = Effect.gen(function* () {
  const { values, positionals } = yield* commandLine({ url: { type: "string" } }, usage)
  const { url } = values
  if (positionals.length > 0 || (url !== undefined && !URL.canParse(url)))
    return yield* new UsageError({ problem: "The demo takes a URL, or nothing.", usage })
  return Option.fromUndefinedOr(url)
})

/** Any free port, and only what goes wrong in the log. */
const quiet = ConfigProvider.layer(
  ConfigProvider.fromEnvRecord({ HOST: "127.0.0.1", PORT: "0", LOG_LEVEL: "warn" })
)

const startEmbedded = Effect.gen(function* () {
  const { port } = yield* startDev(yield* devConfig)
  return `http://127.0.0.1:${port}`
}).pipe(Effect.provide(quiet))

const program = Effect.gen(function* () {
  const url = yield* target
  const system = Option.isSome(url) ? url.value : yield* startEmbedded
  yield* Console.log(`The journey at ${system}${Option.isNone(url) ? " (embedded)" : ""}`)
  const id = yield* IdGenerator.use((ids) => ids.next)
  yield* walk(system, `demo-${id}@example.com`)
  yield* Console.log("Done: every step held.")
})

runMain(Effect.scoped(program).pipe(Effect.provide(RandomIdGenerator.layer)))
