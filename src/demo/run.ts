// Runs the demo: against the system at `--url`, else against an embedded one started for it.
import { ConfigProvider, Console, Data, Effect } from "effect"
import { startDev } from "../compose/dev.ts"
import { devConfig } from "../config/config.ts"
import * as RandomIdGenerator from "../layers/crypto/RandomIdGenerator.ts"
import { commandLine, runMain } from "../layers/node/runMain.ts"
import { IdGenerator } from "../services/runtime/IdGenerator.ts"
import { walk } from "./journey.ts"

class UsageError extends Data.TaggedError("UsageError")<Record<never, never>> {
  override get message(): string {
    return "Usage: npm run demo -- [--url URL]   (a URL such as http://localhost:5000)"
  }
}

/** The URL that was asked for, null for an embedded system. */
const target = ([flag, url, ...rest]: ReadonlyArray<string>) => {
  if (flag === undefined) return Effect.succeed(null)
  return flag === "--url" && url !== undefined && rest.length === 0 && URL.canParse(url)
    ? Effect.succeed(url)
    : new UsageError()
}

/** Any free port, and only what goes wrong in the log. */
const quiet = ConfigProvider.layer(
  ConfigProvider.fromEnvRecord({ HOST: "127.0.0.1", PORT: "0", LOG_LEVEL: "warn" })
)

const startEmbedded = Effect.gen(function* () {
  const { port } = yield* startDev(yield* devConfig)
  return `http://127.0.0.1:${port}`
}).pipe(Effect.provide(quiet))

const program = Effect.gen(function* () {
  const url = yield* target(commandLine())
  const system = url ?? (yield* startEmbedded)
  yield* Console.log(`The journey at ${system}${url === null ? " (embedded)" : ""}`)
  const id = yield* IdGenerator.use((ids) => ids.next)
  yield* walk(system, `demo-${id}@example.com`)
  yield* Console.log("Done: every step held.")
})

runMain(Effect.scoped(program).pipe(Effect.provide(RandomIdGenerator.layer)))
