// `npm start`: the API as a process, on real dependencies only.
import "./node-floor.js"
import { Effect, Layer } from "effect"
import { apiConfig } from "./config/config.ts"
import { live, sms } from "./live.ts"
import { runMain } from "./runMain.ts"
import { apiRuntime, apiTelemetry, cryptography, passwordChecks, serveApi } from "./serveApi.ts"

const api = Effect.gen(function* () {
  const config = yield* apiConfig
  const ports = Layer.mergeAll(
    live(config, config.limits),
    sms(config),
    cryptography(config.secrets),
    passwordChecks(config)
  )
  const services = yield* Layer.build(
    apiRuntime.pipe(
      Layer.provideMerge(ports),
      Layer.provideMerge(apiTelemetry("order-api", config))
    )
  )
  yield* serveApi(services, config, { dev: false })
  return yield* Effect.never
})

runMain(Effect.scoped(api))
