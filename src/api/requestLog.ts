// One line for each request: at `debug` for all, at `info` for a share of them and for every server error. A request
// without a line costs a check of the level, and at `info` one random number.
import { Context, Effect, LogLevel, Random, References } from "effect"
import type { ApiRequest } from "./ApiRequest.ts"

const isPicked = (context: Context.Context<never>, ratio: number): boolean =>
  ratio > 0 && Context.get(context, Random.Random).nextDoubleUnsafe() < ratio

/** Undefined: there is no line. `ratio`: the part of requests that have one at `info`, from 0 to 1. */
export const makeRequestLog =
  (ratio: number) =>
  (
    context: Context.Context<never>,
    request: ApiRequest,
    status: number,
    seconds: number
  ): Effect.Effect<void> | undefined => {
    const minimum = Context.get(context, References.MinimumLogLevel)
    if (LogLevel.isGreaterThan(minimum, "Info")) return undefined
    const isOurs = status >= 500
    const hasAll = LogLevel.isLessThan(minimum, "Info")
    if (!isOurs && !hasAll && !isPicked(context, ratio)) return undefined
    const userId = request.principal?.userId
    // Method, route and the request's id are annotations of all of its lines.
    return Effect.logWithLevel(isOurs || !hasAll ? "Info" : "Debug")("request answered", {
      status,
      ms: Math.round(seconds * 1e6) / 1e3,
      ...(userId === undefined ? {} : { userId })
    })
  }
