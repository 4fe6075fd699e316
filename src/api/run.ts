// The one bridge between Hono and Effect. `call` wraps a whole request: one span, one deadline, one
// interruption, one record in metrics. `run` runs the effects of its handlers inside of it.
import {
  Cause,
  Context,
  Duration,
  Effect,
  Exit,
  type ManagedRuntime,
  Option,
  References,
  Tracer
} from "effect"
import type { MiddlewareHandler } from "hono"
import { HTTPException } from "hono/http-exception"
import { matchedRoutes } from "hono/route"
import type { Principal } from "../services/accounts/TokenSigner.ts"
import { Origin } from "../services/audit/Origin.ts"
import { RequestLifetime } from "../services/runtime/RequestLifetime.ts"
import { spanOf } from "../services/traceparent.ts"
import type { ApiContext, ApiEnvironment, AppServices } from "./environment.ts"
import { answerError, type PublicError, unavailableRetrySeconds } from "./errors.ts"
import { recordRequest } from "./metrics.ts"
import { problem } from "./problem.ts"

export type ApiRuntime = ManagedRuntime.ManagedRuntime<AppServices, never>

/** Every request is answered within 10 s; this leaves some for a process with too much to do. */
export const defaultDeadline = Duration.millis(8500)

/** The host's way to keep a request's work alive after its answer, where it ends it with that. */
export type WaitUntil = (c: ApiContext) => (work: Promise<unknown>) => void

/** Runs everything below it as one request. */
export const call = (
  runtime: ApiRuntime,
  deadline: Duration.Duration,
  waitUntil: WaitUntil | undefined
): MiddlewareHandler<ApiEnvironment> => {
  return async (c, next) => {
    const method = boundedMethod(c.req.method)
    const route = routeOf(c)
    const handled = within(
      deadline,
      () => answerLate(c),
      (services: Context.Context<AppServices>, signal) => {
        c.set("call", { services, signal })
        return next()
      }
    ).pipe(
      Effect.onExit((exit) => (Exit.isSuccess(exit) ? Effect.void : settle(c, exit.cause))),
      measured(c, route, method)
    )
    const traceparent = c.req.header("traceparent")
    const parent = traceparent && Option.getOrUndefined(spanOf(traceparent))
    const program = Effect.useSpan(
      `${method} ${route}`,
      {
        kind: "server",
        // Not the path: people paste all kinds of things into one.
        attributes: { "http.request.method": method, "http.route": route },
        ...(parent ? { parent } : {})
      },
      (span) =>
        Effect.updateContext(handled, (services: Context.Context<AppServices>) =>
          services.pipe(
            Context.add(Tracer.ParentSpan, span),
            Context.add(References.CurrentLogAnnotations, {
              requestId: c.get("requestId"),
              method,
              route
            }),
            Context.add(Origin, new RequestOrigin(c)),
            Context.add(RequestLifetime, waitUntil?.(c))
          )
        )
    )
    await runtime.runPromiseExit(program, { signal: c.req.raw.signal })
    // The runtime has been disposed of: nothing ran.
    if (!c.finalized) c.res = unavailable(c)
  }
}

/**
 * What `work` promises, or `late` once `duration` is over: then, and when its fiber is interrupted, the
 * signal says so. `Effect.timeoutOrElse` does the same by a race of two fibers and costs three times as
 * much, which is felt where a request takes 100 µs.
 */
const within = <E, R>(
  duration: Duration.Duration,
  late: () => Effect.Effect<void, E, R>,
  work: (services: Context.Context<R>, signal: AbortSignal) => Promise<void>
): Effect.Effect<void, E, R> =>
  Effect.contextWith((services: Context.Context<R>) =>
    Effect.callback<void, E, R>((resume) => {
      const over = new AbortController()
      const alarm = Effect.runForkWith(services)(Effect.sleep(duration))
      const finish = (outcome: Effect.Effect<void, E, R>): void => {
        alarm.interruptUnsafe()
        resume(outcome)
      }
      alarm.addObserver((exit) => {
        if (Exit.isFailure(exit)) return
        over.abort()
        resume(late())
      })
      work(services, over.signal).then(
        () => finish(Effect.void),
        (defect: unknown) => finish(Effect.die(defect))
      )
      return Effect.sync(() => {
        alarm.interruptUnsafe()
        over.abort()
      })
    })
  )

/**
 * Runs an effect of a handler: its value, or the answer to its failure. An error goes through the
 * table; a defect is logged under the request id and told to nobody.
 */
export const run = async <A>(
  c: ApiContext,
  effect: Effect.Effect<A, PublicError, AppServices>
): Promise<A | Response> => {
  const { services, signal } = c.get("call")
  const exit = await Effect.runPromiseExitWith(services)(effect, { signal })
  if (Exit.isSuccess(exit)) return exit.value
  await Effect.runPromiseWith(services)(logFailure(exit.cause))
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

/** As far as it is known when it is asked for: who asks is found out on the way. */
class RequestOrigin implements Origin {
  readonly #c: ApiContext
  constructor(c: ApiContext) {
    this.#c = c
  }
  get actor(): Origin["actor"] {
    const principal: Principal | undefined = this.#c.get("principal")
    return principal === undefined ? null : { type: "user", ...principal }
  }
  get client(): string | null {
    const client: string | undefined = this.#c.get("client")
    return client ?? null
  }
  get requestId(): string {
    return this.#c.get("requestId")
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
    Effect.clockWith((clock) => {
      const start = clock.monotonicTimeNanosUnsafe()
      return Effect.onExit(effect, () => {
        const seconds = Number(clock.monotonicTimeNanosUnsafe() - start) / 1e9
        return recordRequest({ route, method, status: String(c.res.status) }, seconds)
      })
    })

const knownMethods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]

/** Clients may send any word as a method, and every label value costs memory. */
const boundedMethod = (method: string): string =>
  knownMethods.includes(method) ? method : "(other)"

/** The pattern of the route that will answer: bounded in number, unlike paths. */
const routeOf = (c: ApiContext): string =>
  matchedRoutes(c).findLast(({ method }) => method !== "ALL")?.path ?? "(none)"
