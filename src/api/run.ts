// The one bridge between Hono and Effect. `call` wraps a whole request: one span, one deadline, one
// interruption, one record in metrics. `run` runs the effects of its handlers inside of it.
import { Cause, Clock, Duration, Effect, Exit, type ManagedRuntime, Option } from "effect"
import * as Headers from "effect/http/Headers"
import * as HttpTraceContext from "effect/http/HttpTraceContext"
import type { MiddlewareHandler } from "hono"
import { HTTPException } from "hono/http-exception"
import { matchedRoutes } from "hono/route"
import type { Principal } from "../services/accounts/TokenSigner.ts"
import { Origin } from "../services/audit/Origin.ts"
import { RequestLifetime } from "../services/runtime/RequestLifetime.ts"
import type { ApiContext, ApiEnvironment, AppServices } from "./environment.ts"
import { answerError, type PublicError, unavailableRetrySeconds } from "./errors.ts"
import { recordRequest } from "./metrics.ts"
import { problem } from "./problem.ts"

export type ApiRuntime = ManagedRuntime.ManagedRuntime<AppServices, never>

/** Every request is answered within 10 s; this leaves some for a process with too much to do. */
export const defaultDeadline = Duration.millis(8500)

/** Runs everything below it as one request. */
export const call = (
  runtime: ApiRuntime,
  deadline: Duration.Duration
): MiddlewareHandler<ApiEnvironment> => {
  const handle = Effect.fnUntraced(function* (c: ApiContext, next: () => Promise<void>) {
    const services = yield* Effect.context<AppServices>()
    yield* Effect.promise((signal) => {
      c.set("call", { services, signal })
      return next()
    })
  })

  return async (c, next) => {
    const method = boundedMethod(c.req.method)
    const route = routeOf(c)
    const parent = Option.getOrUndefined(
      HttpTraceContext.w3c(Headers.fromInput({ traceparent: c.req.header("traceparent") }))
    )
    const program = handle(c, next).pipe(
      Effect.timeoutOrElse({
        duration: deadline,
        orElse: () => answerLate(c)
      }),
      Effect.onExit((exit) => (Exit.isSuccess(exit) ? Effect.void : settle(c, exit.cause))),
      measured(c, route, method),
      Effect.withSpan(`${method} ${route}`, {
        kind: "server",
        // Not the path: people paste all kinds of things into one.
        attributes: { "http.request.method": method, "http.route": route },
        ...(parent === undefined ? {} : { parent })
      }),
      Effect.annotateLogs({ requestId: c.get("requestId"), method, route }),
      Effect.provideService(RequestLifetime, waitUntilOf(c))
    )
    await runtime.runPromiseExit(program, { signal: c.req.raw.signal })
    // The runtime has been disposed of: nothing ran.
    if (!c.finalized) c.res = unavailable(c)
  }
}

/**
 * Runs an effect of a handler: its value, or the answer to its failure. An error goes through the
 * table; a defect is logged under the request id and told to nobody.
 */
export const run = async <A>(
  c: ApiContext,
  effect: Effect.Effect<A, PublicError, AppServices>
): Promise<A | Response> => {
  const { services, signal } = c.get("call")
  const traced = effect.pipe(
    Effect.tapCause(logFailure),
    Effect.provideService(Origin, originOf(c))
  )
  const exit = await Effect.runPromiseExitWith(services)(traced, { signal })
  if (Exit.isSuccess(exit)) return exit.value
  const error = Cause.findErrorOption(exit.cause)
  if (Option.isSome(error) && !Cause.hasDies(exit.cause)) return answerError(c, error.value)
  return Cause.hasInterruptsOnly(exit.cause)
    ? unavailable(c)
    : problem(c, "internal", { extension: {} })
}

/** What Hono does with an exception that a handler or a middleware threw. */
export const answerException =
  (runtime: ApiRuntime) =>
  async (error: Error, c: ApiContext): Promise<Response> => {
    // Hono's validator throws this one for a body that is not JSON.
    if (error instanceof HTTPException && error.status === 400)
      return problem(c, "invalid_request", {
        extension: { errors: [{ path: "body", message: "is not JSON" }] }
      })
    const { requestId } = c.var
    await runtime.runPromise(
      Effect.annotateLogs(Effect.logError("request failed", Cause.die(error)), { requestId })
    )
    return problem(c, "internal", { extension: {} })
  }

/** As far as it is known by now: who asks is found out on the way. */
const originOf = (c: ApiContext): Origin => {
  const principal: Principal | undefined = c.get("principal")
  const client: string | undefined = c.get("client")
  return {
    actor: principal === undefined ? null : { type: "user", ...principal },
    client: client ?? null,
    requestId: c.get("requestId")
  }
}

/** The answer of a service that will be able to later. */
export const unavailable = (c: ApiContext): Response =>
  problem(c, "unavailable", {
    headers: { "Retry-After": String(unavailableRetrySeconds) },
    extension: {}
  })

const answerUnavailable = (c: ApiContext): Effect.Effect<void> =>
  Effect.sync(() => {
    c.res = unavailable(c)
  })

/** Whose fault it is: the client's, whose body did not arrive, or ours. */
const answerLate = (c: ApiContext): Effect.Effect<void> =>
  c.get("bodyAwaited")
    ? Effect.sync(() => {
        c.res = problem(c, "request_timeout", { extension: {} })
      })
    : Effect.andThen(Effect.logWarning("deadline exceeded"), answerUnavailable(c))

/**
 * Defects are ours; a dependency that is away has its cause in the log, since no answer tells it. There
 * may be thousands of these a second, so they are short.
 */
const logFailure = (cause: Cause.Cause<PublicError>): Effect.Effect<void> => {
  if (Cause.hasDies(cause)) return Effect.logError("request failed", cause)
  const error = Option.getOrUndefined(Cause.findErrorOption(cause))
  if (error === undefined) return Effect.void
  if (error._tag === "Overloaded")
    return Effect.logWarning("overloaded", { resource: error.resource })
  return "cause" in error
    ? Effect.logWarning("dependency unavailable", { error: error._tag, cause: String(error.cause) })
    : Effect.void
}

/** The answer where the request as a whole was interrupted or died. */
const settle = (c: ApiContext, cause: Cause.Cause<never>): Effect.Effect<void> => {
  if (Cause.hasInterruptsOnly(cause))
    return c.req.raw.signal.aborted
      ? Effect.sync(() => {
          // Nobody reads it; the number is what proxies log for a client that went away.
          c.res = new Response(null, { status: 499 })
        })
      : answerUnavailable(c)
  return Effect.andThen(
    Effect.logError("request failed", cause),
    Effect.sync(() => {
      c.res = problem(c, "internal", { extension: {} })
    })
  )
}

const measured =
  (c: ApiContext, route: string, method: string) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.flatMap(Clock.currentTimeNanos, (start) =>
      Effect.onExit(effect, () =>
        Effect.flatMap(Clock.currentTimeNanos, (end) =>
          recordRequest({ route, method, status: String(c.res.status) }, Number(end - start) / 1e9)
        )
      )
    )

const knownMethods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]

/** Clients may send any word as a method, and every label value costs memory. */
const boundedMethod = (method: string): string =>
  knownMethods.includes(method) ? method : "(other)"

/** The pattern of the route that will answer: bounded in number, unlike paths. */
const routeOf = (c: ApiContext): string =>
  matchedRoutes(c).findLast(({ method }) => method !== "ALL")?.path ?? "(none)"

/** Hono throws where the host has no execution context. */
const waitUntilOf = (c: ApiContext): typeof RequestLifetime.Service => {
  try {
    const context = c.executionCtx
    return (promise) => context.waitUntil(promise)
  } catch {
    return undefined
  }
}
