// The one bridge between Hono and Effect. `call` wraps a whole request: one span, one deadline, one
// interruption, one record in metrics. `run` runs the effects of its handlers inside of it.
import {
  Cause,
  Clock,
  Context,
  Duration,
  Effect,
  Exit,
  type Fiber,
  Option,
  References,
  Scope,
  Tracer
} from "effect"
import type { MiddlewareHandler } from "hono"
import { matchedRoutes } from "hono/route"
import { Origin } from "../services/audit/Origin.ts"
import type { Principal } from "../services/Principal.ts"
import { RequestLifetime } from "../services/runtime/RequestLifetime.ts"
import { spanOf } from "../services/traceparent.ts"
import type { ApiContext, ApiEnvironment, ApiRuntime, AppServices, Call } from "./context.ts"
import { answerError, type PublicError } from "./errors.ts"
import { recordRequest } from "./metrics.ts"
import { problem } from "./problem.ts"

type Services = Context.Context<AppServices>

/** Every request is answered within 10 s; this leaves some for a process with too much to do. */
export const defaultDeadline = Duration.millis(8500)

/** The host's way to keep a request's work alive after its answer, where it ends it with that. */
export type WaitUntil = (c: ApiContext) => (work: Promise<unknown>) => void

/** How a request came to its end. */
type End =
  | { readonly _tag: "Answered" | "Late" | "ClientGone" | "Disposed" }
  | { readonly _tag: "Threw"; readonly defect: unknown }

/**
 * Runs everything below it as one request. It has no fiber of its own: what it does before and after its
 * handlers is done at once, and each effect of theirs has one. A fiber around them, with a race against
 * the deadline, made up a quarter of a cached read.
 */
export const call = (
  runtime: ApiRuntime,
  deadline: Duration.Duration,
  waitUntil: WaitUntil | undefined
): MiddlewareHandler<ApiEnvironment> => {
  const inFlight = new Set<(end: End) => void>()
  const disposal = Effect.sync(() => {
    for (const finish of inFlight) finish({ _tag: "Disposed" })
  })
  Effect.runSync(Scope.addFinalizer(runtime.scope, disposal))
  const alarm = Effect.sleep(deadline)

  /** What comes first. Then nobody waits for the handlers any more, whatever they still do. */
  const handled = (c: ApiContext, next: () => Promise<void>, services: Services): Promise<End> =>
    new Promise((resolve) => {
      const timer = Effect.runForkWith(services)(alarm)
      const { signal } = c.req.raw
      const leave = () => finish({ _tag: "ClientGone" })
      const finish = (end: End): void => {
        inFlight.delete(finish)
        timer.interruptUnsafe()
        // undici's registry of requests holds the signal, and the listener holds the request: it would never be freed.
        signal.removeEventListener("abort", leave)
        resolve(end)
      }
      inFlight.add(finish)
      timer.addObserver((exit) => {
        if (Exit.isSuccess(exit)) finish({ _tag: "Late" })
      })
      if (signal.aborted) return leave()
      signal.addEventListener("abort", leave, { once: true })
      next().then(
        () => finish({ _tag: "Answered" }),
        (defect: unknown) => finish({ _tag: "Threw", defect })
      )
    })

  return async (c, next) => {
    const base = runtime.cachedContext ?? (await built(runtime))
    if (base === undefined) return problem(c, "unavailable", { extension: {} })
    const method = boundedMethod(c.req.method)
    const route = routeOf(c)
    const clock = Context.get(base, Clock.Clock)
    const start = clock.monotonicTimeNanosUnsafe()
    const span = atOnce(base, openSpan(c, method, route))
    const services = base.pipe(
      Context.add(Tracer.ParentSpan, span),
      Context.add(References.CurrentLogAnnotations, {
        requestId: c.get("requestId"),
        method,
        route
      }),
      Context.add(Origin, new RequestOrigin(c)),
      Context.add(RequestLifetime, Option.fromUndefinedOr(waitUntil?.(c)))
    )
    const work = new RequestEffects(services)
    c.set("call", work)
    const end = await handled(c, next, services)
    if (end._tag !== "Answered") {
      work.interrupt()
      atOnce(services, answerFor(c, end))
    }
    const seconds = Number(clock.monotonicTimeNanosUnsafe() - start) / 1e9
    atOnce(services, recordRequest({ route, method, status: String(c.res.status) }, seconds))
    span.end(
      clock.currentTimeNanosUnsafe(),
      end._tag === "Threw" ? Exit.die(end.defect) : Exit.void
    )
    return undefined
  }
}

/** The runtime's services, built with the first request; undefined once it has been disposed of. */
const built = async (runtime: ApiRuntime): Promise<Services | undefined> => {
  const exit = await runtime.runPromiseExit(Effect.context<AppServices>())
  return Exit.isSuccess(exit) ? exit.value : undefined
}

/** For effects that wait for nothing, and fail in no way. */
const atOnce = <A>(services: Services, effect: Effect.Effect<A, never, AppServices>): A => {
  const exit = Effect.runForkWith(services)(effect).pollUnsafe()
  if (exit !== undefined && Exit.isSuccess(exit)) return exit.value
  throw new Error("an effect that was to be done at once is not", { cause: exit })
}

const openSpan = (c: ApiContext, method: string, route: string): Effect.Effect<Tracer.Span> => {
  const traceparent = c.req.header("traceparent")
  const parent = traceparent === undefined ? undefined : Option.getOrUndefined(spanOf(traceparent))
  return Effect.makeSpan(`${method} ${route}`, {
    kind: "server",
    // Not the path: people paste all kinds of things into one.
    attributes: { "http.request.method": method, "http.route": route },
    ...(parent === undefined ? {} : { parent })
  })
}

/** The effects that run for one request, until it is over. */
class RequestEffects implements Call {
  readonly #services: Services
  readonly #running = new Set<Fiber.Fiber<unknown, unknown>>()
  /** Few handlers ask for it. */
  #controller: AbortController | undefined
  #over = false

  constructor(services: Services) {
    this.#services = services
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#over) this.#controller.abort()
    return this.#controller.signal
  }

  run<A, E>(effect: Effect.Effect<A, E, AppServices>): Promise<Exit.Exit<A, E>> {
    if (this.#over) return Promise.resolve(Exit.interrupt())
    return new Promise((resolve) => {
      const fiber = Effect.runForkWith(this.#services)(effect)
      this.#running.add(fiber)
      fiber.addObserver((exit) => {
        this.#running.delete(fiber)
        resolve(exit)
      })
    })
  }

  interrupt(): void {
    this.#over = true
    this.#controller?.abort()
    for (const fiber of this.#running) fiber.interruptUnsafe()
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
  const work = c.get("call")
  const exit = await work.run(effect)
  if (Exit.isSuccess(exit)) return exit.value
  await work.run(logFailure(exit.cause))
  const error = Cause.findErrorOption(exit.cause)
  if (Option.isSome(error) && !Cause.hasDies(exit.cause)) return answerError(c, error.value)
  return Cause.hasInterruptsOnly(exit.cause)
    ? problem(c, "unavailable", { extension: {} })
    : problem(c, "internal", { extension: {} })
}

/** What Hono does with an exception that a handler or a middleware threw. */
export const answerException =
  (runtime: ApiRuntime) =>
  async (error: Error, c: ApiContext): Promise<Response> => {
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
    return principal === undefined
      ? Option.none()
      : Option.some({ type: "user", ...principal, role: Option.some(principal.role) })
  }
  get client(): Origin["client"] {
    const client: string | undefined = this.#c.get("client")
    return Option.fromUndefinedOr(client)
  }
  get requestId(): Origin["requestId"] {
    return Option.some(this.#c.get("requestId"))
  }
}

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

/** The answer where the handlers gave none. */
const answerFor = (c: ApiContext, end: End): Effect.Effect<void> => {
  const answered = (answer: Response) =>
    Effect.sync(() => {
      c.res = answer
    })
  switch (end._tag) {
    case "Late":
      // Whose fault it is: the client's, whose body did not arrive, or ours.
      return c.get("bodyAwaited")
        ? answered(problem(c, "request_timeout", { extension: {} }))
        : Effect.andThen(
            Effect.logWarning("deadline exceeded"),
            answered(problem(c, "unavailable", { extension: {} }))
          )
    case "ClientGone":
      // Nobody reads it; the number is what proxies log for a client that went away.
      return answered(new Response(null, { status: 499 }))
    case "Threw":
      return Effect.andThen(
        Effect.logError("request failed", Cause.die(end.defect)),
        answered(problem(c, "internal", { extension: {} }))
      )
    default:
      return answered(problem(c, "unavailable", { extension: {} }))
  }
}

const knownMethods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]

/** Clients may send any word as a method, and every label value costs memory. */
const boundedMethod = (method: string): string =>
  knownMethods.includes(method) ? method : "(other)"

/** The pattern of the route that will answer: bounded in number, unlike paths. */
const routeOf = (c: ApiContext): string =>
  matchedRoutes(c).findLast(({ method }) => method !== "ALL")?.path ?? "(none)"
