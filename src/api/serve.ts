// The one bridge from Hono to Effect. A request is one program, run once in one fiber: the client's limit, the URL, the
// caller, the input, the use case and its answer. It ends with the first of these: its answer, the deadline, a
// disconnected client, the disposal of the runtime.
import {
  Cause,
  Clock,
  Context,
  type Duration,
  Effect,
  Exit,
  Metric,
  Option,
  References,
  Scope,
  Tracer
} from "effect"
import type { Hono } from "hono"
import { Origin } from "../services/audit/Origin.ts"
import {
  apiSeries,
  eventStreams,
  eventStreamsLimit,
  httpRequestsInFlight,
  initialise
} from "../services/metrics.ts"
import type { Principal } from "../services/Principal.ts"
import { RateLimiter } from "../services/runtime/RateLimiter.ts"
import { RequestLifetime } from "../services/runtime/RequestLifetime.ts"
import { errorTypeOf } from "../services/spans.ts"
import { ApiRequest } from "./ApiRequest.ts"
import { makeAdmission } from "./admission.ts"
import { makeArrivals } from "./arrivals.ts"
import { authorizationOf } from "./authorize.ts"
import type { ApiContext, ApiEnvironment, ApiRuntime, AppServices } from "./context.ts"
import type { Caller, Operation } from "./contract/operation.ts"
import { answerError, type PublicError } from "./errors.ts"
import { type InFlightRequest, makeInFlight } from "./inFlight.ts"
import { expectedSeries, recordRequest } from "./metrics.ts"
import { makeOrderStreams, type OrderStreams } from "./orderStreams.ts"
import { readForm } from "./readBody.ts"
import { makeRequestLog } from "./requestLog.ts"
import { endSpan, openSpan } from "./requestSpan.ts"
import { type Input, inputOf } from "./validate.ts"
import { malformedUrl } from "./wellFormedUrl.ts"

type Services = Context.Context<AppServices>

/** The host's way to keep a request's work alive after its answer, where it ends it with that. */
export type WaitUntil = (c: ApiContext) => (work: Promise<unknown>) => void

export interface ServeOptions {
  readonly runtime: ApiRuntime
  readonly deadline: Duration.Duration
  readonly waitUntil: WaitUntil | undefined
  readonly maxInFlight: number
  /** How many event streams may be open. */
  readonly maxStreams: number
  readonly limitFactor: number
  readonly bodiesAreFramed: boolean
  readonly metricsToken: string | undefined
  /** The client's address as limits count it. */
  readonly clientOf: (c: ApiContext) => string
  /** Requests that no limit counts. */
  readonly isUncounted: (c: ApiContext) => boolean
  /** Requests that are let in however many are in flight. */
  readonly isAdmitted: (c: ApiContext) => boolean
  /** The part of requests that have a line at `info`, from 0 to 1. */
  readonly loggedRequests: number
}

type Answer = Effect.Effect<Response, PublicError, AppServices>
export type Program = (request: ApiRequest) => Answer

/** The caller, if the operation needs a user. */
type PrincipalOf<C extends Caller> = C extends "user" | "owner" | "staff" | "admin"
  ? Principal
  : undefined

/** The input of an operation's program. */
export type Call<O extends Operation> = Input<O> & {
  readonly request: ApiRequest
  readonly principal: PrincipalOf<O["caller"]>
}

export interface Serve {
  /** Adds a route that answers an operation by a program. */
  readonly route: <const O extends Operation>(
    operation: O,
    program: (call: Call<O>) => Answer
  ) => void
  /** The same for a page, which no operation declares: its program checks the right. */
  readonly page: (path: string, program: Program) => void
  /** The same for what a form of a page sends. */
  readonly action: (path: string, program: Program) => void
  /** What the form of a request says, or the Response that refuses it. */
  readonly readForm: (request: ApiRequest) => Effect.Effect<FormData | Response>
  /** The same for all other failures. */
  readonly otherwise: (program: Program) => void
  readonly streams: OrderStreams
  /** Before a scrape: creates every series, and sets the gauges that are only known now. */
  readonly measure: Effect.Effect<void>
}

export const makeServe = (app: Hono<ApiEnvironment>, options: ServeOptions): Serve => {
  const { runtime, waitUntil, isUncounted } = options
  const admission = makeAdmission(runtime, options.maxInFlight)
  const lineOf = makeRequestLog(options.loggedRequests)
  const series = [...apiSeries]
  const expect = (method: string, route: string, status: string): void => {
    series.push(...expectedSeries({ method, route, status }))
  }
  const bodies = {
    arrivals: makeArrivals(runtime, options.limitFactor),
    bodiesAreFramed: options.bodiesAreFramed
  }
  const inFlight = makeInFlight((effect) => runtime.runFork(effect), options.deadline, {
    sharesTimer: waitUntil === undefined
  })
  const streams = makeOrderStreams(runtime, {
    sharesTimer: waitUntil === undefined,
    maxStreams: options.maxStreams
  })
  Effect.runSync(Scope.addFinalizer(runtime.scope, inFlight.disposal))
  Effect.runSync(Scope.addFinalizer(runtime.scope, streams.disposal))

  const countForClient = (request: ApiRequest) =>
    Effect.map(
      RateLimiter.use((limiter) => limiter.take("client", request.address)),
      (quota) => request.limitedTo(quota)
    )

  /** The checks that every request passes first; then the program. */
  const guarded = (program: Program) =>
    Effect.fnUntraced(
      function* (request: ApiRequest) {
        request.address = options.clientOf(request.hono)
        if (!isUncounted(request.hono)) yield* countForClient(request)
        return malformedUrl(request) ?? (yield* program(request))
      },
      (effect, request) => Effect.catchCause(effect, (cause) => answerFailure(request, cause))
    )

  const begin = (base: Services, request: ApiRequest, route: string, program: Program) =>
    new Promise<Response>((resolve) => {
      const method = boundedMethod(request.hono.req.method)
      const clock = Context.get(base, Clock.Clock)
      const startedAt = clock.monotonicTimeNanosUnsafe()
      const span = openSpan(base, clock, request, {
        method: method === otherMethod ? undefined : method,
        route: route === noRoute ? undefined : route
      })
      const services = base.pipe(
        Context.add(Tracer.ParentSpan, span),
        Context.add(References.CurrentLogAnnotations, { requestId: request.id, method, route }),
        Context.add(Origin, request),
        Context.add(RequestLifetime, Option.fromUndefinedOr(waitUntil?.(request.hono)))
      )
      const { signal } = request.hono.req.raw
      let isOver = false

      /** The first end counts. */
      const end = (response: Response): void => {
        if (isOver) return
        isOver = true
        leaveFlight()
        // undici's registry of requests holds the signal, and the listener holds the request: it would never be freed.
        signal.removeEventListener("abort", leave)
        request.place?.leave()
        const seconds = Number(clock.monotonicTimeNanosUnsafe() - startedAt) / 1e9
        recordRequest({ route, method, status: String(response.status) }, seconds, base)
        const line = lineOf(services, request, response.status, seconds)
        if (line !== undefined) Effect.runForkWith(services)(line)
        endSpan(span, clock, response, request)
        resolve(response)
      }
      /** The answer does not wait for the interrupted work. */
      const cutShort = (response: Response): void => {
        end(response)
        fiber.interruptUnsafe()
      }
      // The client is gone and reads no answer; 499 is what proxies log for that.
      const leave = () => cutShort(new Response(null, { status: 499 }))
      const entry: InFlightRequest = {
        startedAt,
        expire: () => {
          if (!request.awaitsBody) Effect.runForkWith(services)(logLate)
          request.failure = late
          cutShort(lateAnswer(request))
        },
        dispose: () => {
          request.failure = "the process ended"
          cutShort(request.problem("unavailable", { extension: {} }))
        }
      }
      const leaveFlight = inFlight.add(entry)
      const fiber = Effect.runForkWith(services)(program(request))
      fiber.addObserver((exit) => {
        // A failure here: interrupted from within.
        end(Exit.isSuccess(exit) ? exit.value : request.problem("unavailable", { extension: {} }))
      })
      if (signal.aborted) leave()
      else if (!isOver) signal.addEventListener("abort", leave, { once: true })
    })

  const handler = (route: string, program: Program) => {
    const whole = guarded(program)
    // Not async: a request whose services are there makes one promise.
    return (c: ApiContext): Response | Promise<Response> => {
      const request = new ApiRequest(c)
      c.set("request", request)
      if (!options.isAdmitted(c)) {
        request.place = admission.enter()
        if (request.place === undefined) return request.problem("unavailable", { extension: {} })
      }
      const start = (services: Services | undefined) =>
        services === undefined
          ? request.problem("unavailable", { extension: {} })
          : begin(services, request, route, whole)
      const { cachedContext } = runtime
      return cachedContext === undefined ? built(runtime).then(start) : start(cachedContext)
    }
  }

  // What is thrown outside of a program.
  app.onError(async (error, c) => {
    const request = new ApiRequest(c)
    const log = Effect.logError("request failed", Cause.die(error))
    await runtime.runPromise(Effect.annotateLogs(log, { requestId: request.id }))
    return request.problem("internal", { extension: {} })
  })

  return {
    streams,
    measure: Effect.andThen(
      initialise(series),
      Effect.suspend(() =>
        Effect.all(
          [
            Metric.update(httpRequestsInFlight, admission.inFlight()),
            Metric.update(eventStreams, streams.count()),
            Metric.update(eventStreamsLimit, options.maxStreams)
          ],
          { discard: true }
        )
      )
    ),
    page: (path, program) => {
      expect("GET", path, "200")
      app.get(path, handler(path, program))
    },
    action: (path, program) => {
      // What it leads to, once it is done.
      expect("POST", path, "303")
      app.post(path, handler(path, program))
    },
    readForm: (request) =>
      Effect.promise(async (signal) => {
        const read = await readForm(request, { ...bodies, signal })
        return "refused" in read ? read.refused : read.form
      }),
    otherwise: (program) => {
      expect("GET", noRoute, "404")
      app.notFound(handler(noRoute, program))
    },
    route: (operation, program) => {
      const authorize = authorizationOf(operation, options.metricsToken)
      const read = inputOf(operation, bodies)
      const answer = Effect.fnUntraced(function* (request: ApiRequest) {
        const refused = authorize === undefined ? undefined : yield* authorize(request)
        if (refused !== undefined) return refused
        const input = yield* read(request)
        if (input instanceof Response) return input
        // The authorization of an operation for users has set it.
        const principal = request.principal as PrincipalOf<(typeof operation)["caller"]>
        return yield* program({ ...input, request, principal })
      })
      const method = operation.method.toUpperCase()
      // An integer's key stands before those that are larger: the success.
      const [success = "200"] = Object.keys(operation.answers)
      expect(method, operation.path, success)
      app.on(method, operation.path, handler(operation.path, answer))
    }
  }
}

/** The runtime's services, built with the first request; undefined once it has been disposed of. */
const built = async (runtime: ApiRuntime): Promise<Services | undefined> => {
  const exit = await runtime.runPromiseExit(Effect.context<AppServices>())
  return Exit.isSuccess(exit) ? exit.value : undefined
}

/**
 * An error goes through the table. A defect is logged under the request id, and the client gets 500 without its text.
 * An interruption from within is no answer.
 */
const answerFailure = (
  request: ApiRequest,
  cause: Cause.Cause<PublicError>
): Effect.Effect<Response> =>
  Effect.map(logFailure(cause), () => {
    request.failure = errorTypeOf(cause) ?? "interrupted"
    const error = Cause.findErrorOption(cause)
    if (Option.isSome(error) && !Cause.hasDies(cause)) return answerError(request, error.value)
    return request.problem(Cause.hasInterruptsOnly(cause) ? "unavailable" : "internal", {
      extension: {}
    })
  })

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

const late = "deadline exceeded"

const logLate = Effect.logWarning(late)

/** Whether the client caused it, because its body did not arrive, or the service. */
const lateAnswer = (request: ApiRequest): Response =>
  request.problem(request.awaitsBody ? "request_timeout" : "unavailable", { extension: {} })

/** The name in metrics and logs of a request without a matching route, and of an unknown method. */
const noRoute = "(none)"
const otherMethod = "(other)"

const knownMethods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]

/** Clients may send any word as a method, and every label value costs memory. */
const boundedMethod = (method: string): string =>
  knownMethods.includes(method) ? method : otherMethod
