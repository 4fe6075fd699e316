// The API in a Node process: what it needs in addition to its dependencies, and its server. Closing the scope
// first tells load balancers (not ready), then lets requests in flight finish.
import { readFileSync } from "node:fs"
// Not by name: each file of a build has a `createRequire` of its own.
import module from "node:module"
import { getConnInfo } from "@hono/node-server/conninfo"
import { type Context, Effect, Layer, ManagedRuntime, Option, Redacted } from "effect"
import { createApp } from "../api/app.ts"
import { clientOfPeer } from "../api/clientAddress.ts"
import type { AppServices } from "../api/context.ts"
import { isClientError } from "../api/errors.ts"
import { listen } from "../http/NodeServer.ts"
import { sampleDependencies } from "../http/sampleDependencies.ts"
import * as BloomBreachedPasswords from "../layers/bloom/BloomBreachedPasswords.ts"
import * as Argon2idNative from "../layers/crypto/Argon2idNative.ts"
import * as HonoTokenSigner from "../layers/crypto/HonoTokenSigner.ts"
import * as OsloOneTimeCode from "../layers/crypto/OsloOneTimeCode.ts"
import * as RandomIdGenerator from "../layers/crypto/RandomIdGenerator.ts"
import * as HibpBreachedPasswords from "../layers/hibp/HibpBreachedPasswords.ts"
import * as GroupCommitBatcher from "../layers/runtime/GroupCommitBatcher.ts"
import { findScalarScript } from "../layers/scalar/scalarScript.ts"
import * as ZxcvbnPasswordStrength from "../layers/zxcvbn/ZxcvbnPasswordStrength.ts"
import type { Mailbox } from "../services/messaging/Mailbox.ts"
import { Readiness } from "../services/runtime/Readiness.ts"
import { background } from "./background.ts"
import type { ApiConfig } from "./config/config.ts"
import { readiness } from "./readiness.ts"
import { telemetry } from "./telemetry.ts"

/** Telemetry of a process with the API: client errors are not errors in its traces. */
export const apiTelemetry = (
  name: "order-api" | "order-dev",
  config: Parameters<typeof telemetry>[1]
) => telemetry(name, config, isClientError)

/** Passwords, codes, tokens and ids. */
export const cryptography = (keys: ApiConfig["secrets"]) =>
  Layer.mergeAll(
    Argon2idNative.layer(),
    HonoTokenSigner.layer({ accessSecrets: keys.access, refreshSecrets: keys.refresh }),
    OsloOneTimeCode.layer({ secrets: keys.code }),
    RandomIdGenerator.layer
  )

/** What new passwords are checked with. */
export const passwordChecks = ({ hibpUrl }: Pick<ApiConfig, "hibpUrl">) =>
  Layer.merge(
    ZxcvbnPasswordStrength.layer,
    hibpUrl === undefined
      ? BloomBreachedPasswords.layer
      : Layer.provide(HibpBreachedPasswords.layer({ url: hibpUrl }), BloomBreachedPasswords.layer)
  )

/**
 * Orders in groups, background work and readiness. The order of the layers is the order of shutdown, from
 * the end: requests, then the batcher, then the background work that both caused, then the clients below.
 */
export const apiRuntime = GroupCommitBatcher.layer.pipe(
  Layer.provideMerge(background),
  Layer.provideMerge(readiness)
)

/** The handlers compare it; nothing prints it. */
export const reveal = (token: Redacted.Redacted | undefined): string | undefined =>
  token === undefined ? undefined : Redacted.value(token)

/** The console's script, from the package as it is installed: sources and builds find it alike. */
const htmx = (): string =>
  readFileSync(module.createRequire(import.meta.url).resolve("htmx.org/dist/htmx.min.js"), "utf8")

/**
 * How many connections one client may have open. A browser opens six and keeps them for a minute. 40 browsers
 * behind one address have 240, and 15 of the client's 600 requests a minute each.
 */
const connectionsPerClient = 256

/** Over services that are built already. */
export const serveApi = Effect.fnUntraced(function* (
  services: Context.Context<AppServices>,
  { http, limits }: Pick<ApiConfig, "http" | "limits">,
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
    limitFactor: limits.factor,
    loggedRequests: http.loggedRequests,
    htmx,
    ...Option.match(findScalarScript(), { onNone: () => ({}), onSome: (scalar) => ({ scalar }) }),
    ...mode
  })
  const server = yield* listen({
    fetch: app.fetch,
    host: http.host,
    port: http.port,
    waitForClients: !mode.dev,
    clients: {
      clientOf: clientOfPeer(http.trustProxy),
      // Tests of limits set factors far below 1: three connections are too few for one browser.
      limit: connectionsPerClient * Math.max(1, limits.factor)
    }
  })
  yield* Effect.provideContext(sampleDependencies, services)
  yield* Effect.addFinalizer(() =>
    Effect.logInfo("stopping").pipe(
      Effect.andThen(Readiness.use(({ startDraining }) => startDraining)),
      Effect.provideContext(services)
    )
  )
  yield* Effect.provideContext(Effect.logInfo("listening", { port: server.port }), services)
  return server
})
