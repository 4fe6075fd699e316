// `npm run worker`: the worker as a process, on real dependencies only, with its health endpoints.
import "./node-floor.js"
import { Effect, Layer } from "effect"
import { listen } from "../http/NodeServer.ts"
import { sampleDependencies } from "../http/sampleDependencies.ts"
import * as RandomIdGenerator from "../layers/crypto/RandomIdGenerator.ts"
import { health } from "../worker/health.ts"
import { worker } from "../worker/Worker.ts"
import { workerConfig } from "./config/config.ts"
import { live } from "./live.ts"
import { readiness } from "./readiness.ts"
import { runMain } from "./runMain.ts"
import { reveal } from "./serveApi.ts"
import { telemetry } from "./telemetry.ts"

/** Rates are the API's to keep: the worker counts nothing, so any factor will do. */
const limits = { factor: 1 }

const program = Effect.gen(function* () {
  const config = yield* workerConfig
  const ports = yield* Layer.build(
    readiness.pipe(
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
  yield* Effect.provideContext(sampleDependencies, ports)
  yield* Effect.provideContext(Effect.logInfo("listening", { port: server.port }), ports)
  yield* Effect.addFinalizer(() => Effect.provideContext(Effect.logInfo("stopping"), ports))
  return yield* Effect.never
})

runMain(Effect.scoped(program))
