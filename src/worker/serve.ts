// The worker as a process: live layers, the consumer and the watchdog, and its health endpoint.
import { Effect, Layer } from "effect"
import { redisSendRate } from "../compose/cache.ts"
import { readiness } from "../compose/checks.ts"
import { live } from "../compose/live.ts"
import { reveal } from "../compose/serveApi.ts"
import { telemetry } from "../compose/telemetry.ts"
import { workerConfig } from "../config/config.ts"
import * as RandomIdGenerator from "../layers/crypto/RandomIdGenerator.ts"
import * as Environment from "../layers/node/Environment.ts"
import { listen } from "../layers/node/HttpServer.ts"
import { runMain } from "../layers/node/runMain.ts"
import { health } from "./health.ts"
import { worker } from "./Worker.ts"

/** Rates are the API's to keep: the worker counts nothing, so any factor will do. */
const limits = { factor: 1 }

const serve = Effect.gen(function* () {
  const config = yield* workerConfig
  const ports = yield* Layer.build(
    Layer.merge(readiness, redisSendRate(config.worker.mailsPerSecond)).pipe(
      Layer.provideMerge(Layer.merge(live(config, limits), RandomIdGenerator.layer)),
      Layer.provideMerge(telemetry("order-worker", config))
    )
  )
  const run = Effect.runPromiseWith(ports)
  const answer = health({ metricsToken: reveal(config.worker.metricsToken) })
  // Opened before the worker, so that it closes after: it says "not ready" while the worker drains.
  const server = yield* listen({
    fetch: (request) => run(answer(request)),
    host: config.worker.host,
    port: config.worker.port,
    waitForClients: false
  })
  yield* Layer.build(worker(config.worker).pipe(Layer.provide(Layer.succeedContext(ports))))
  yield* Effect.provideContext(Effect.logInfo("listening", { port: server.port }), ports)
  return yield* Effect.never
})

runMain(Effect.scoped(serve).pipe(Effect.provide(Environment.layer)))
