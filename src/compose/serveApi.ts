// The API on a Node server, over services that are built already. Closing the scope first tells load
// balancers (not ready), then lets requests in flight finish.
import { getConnInfo } from "@hono/node-server/conninfo"
import { type Context, Effect, Layer, ManagedRuntime, Redacted } from "effect"
import { createApp } from "../api/app.ts"
import type { AppServices } from "../api/context.ts"
import type { ApiConfig } from "../config/config.ts"
import { listen } from "../layers/node/HttpServer.ts"
import type { Mailbox } from "../services/messaging/Mailbox.ts"
import { Readiness } from "../services/runtime/Readiness.ts"

/** The handlers compare it; nothing prints it. */
export const reveal = (token: Redacted.Redacted | undefined): string | undefined =>
  token === undefined ? undefined : Redacted.value(token)

export const serveApi = Effect.fnUntraced(function* (
  services: Context.Context<AppServices>,
  http: ApiConfig["http"],
  mode: { readonly dev: boolean; readonly mailbox?: Mailbox["Service"] }
) {
  const runtime = yield* Effect.acquireRelease(
    Effect.sync(() => ManagedRuntime.make(Layer.succeedContext(services))),
    ({ disposeEffect }) => disposeEffect
  )
  const app = createApp({
    runtime,
    remoteAddress: (c) => getConnInfo(c).remote.address,
    corsOrigins: http.corsOrigins,
    trustProxy: http.trustProxy,
    metricsToken: reveal(http.metricsToken),
    // By Node's parser of HTTP.
    bodiesAreFramed: true,
    ...mode
  })
  const server = yield* listen({
    fetch: app.fetch,
    host: http.host,
    port: http.port,
    waitForClients: !mode.dev
  })
  yield* Effect.addFinalizer(() =>
    Effect.provideContext(
      Readiness.use(({ startDraining }) => startDraining),
      services
    )
  )
  yield* Effect.provideContext(Effect.logInfo("listening", { port: server.port }), services)
  return server
})
