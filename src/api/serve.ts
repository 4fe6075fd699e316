// The API as a process: live layers only.
import { Effect, Layer } from "effect"
import { apiRuntime } from "../compose/api.ts"
import { crypto } from "../compose/crypto.ts"
import { live } from "../compose/live.ts"
import { restrictedSms, sms } from "../compose/messaging.ts"
import { serveApi } from "../compose/serveApi.ts"
import { telemetry } from "../compose/telemetry.ts"
import { apiConfig } from "../config/config.ts"
import * as Environment from "../layers/node/Environment.ts"
import { runMain } from "../layers/node/runMain.ts"

const serve = Effect.gen(function* () {
  const config = yield* apiConfig
  const ports = Layer.mergeAll(
    live(config, config.limits),
    restrictedSms(config.sms).pipe(Layer.provide(sms(config.twilio))),
    crypto(config.secrets)
  )
  const services = yield* Layer.build(
    apiRuntime.pipe(Layer.provideMerge(ports), Layer.provideMerge(telemetry("order-api", config)))
  )
  yield* serveApi(services, config.http, { dev: false })
  return yield* Effect.never
})

runMain(Effect.scoped(serve).pipe(Effect.provide(Environment.layer)))
