// Logs on standard output: one JSON object a line with the trace it belongs to, or text for people.
import { Cause, Context, Layer, Logger, Option, References, Tracer } from "effect"

export type Level = "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "none"

const levels = {
  trace: "Trace",
  debug: "Debug",
  info: "Info",
  warn: "Warn",
  error: "Error",
  fatal: "Fatal",
  none: "None"
} as const

const isFields = (part: unknown): part is Record<string, unknown> =>
  typeof part === "object" && part !== null && !Array.isArray(part)

/** Objects among the logged arguments become fields, the rest the message. */
const jsonLogger = Logger.make<unknown, void>(({ message, logLevel, date, cause, fiber }) => {
  const parts = Array.isArray(message) ? message : [message]
  const span = Option.getOrUndefined(Context.getOption(fiber.context, Tracer.ParentSpan))
  const line = {
    at: date.toISOString(),
    level: logLevel.toLowerCase(),
    message: parts.filter((part) => !isFields(part)).join(" "),
    ...fiber.getRef(References.CurrentLogAnnotations),
    ...Object.assign({}, ...parts.filter(isFields)),
    ...(span && { traceId: span.traceId, spanId: span.spanId }),
    ...(cause.reasons.length > 0 && { cause: Cause.pretty(cause) })
  }
  process.stdout.write(`${JSON.stringify(line)}\n`)
})

export const layer = (options: {
  readonly level: Level
  readonly format: "json" | "pretty"
}): Layer.Layer<never> =>
  Layer.merge(
    Logger.layer([options.format === "json" ? jsonLogger : Logger.consolePretty()]),
    Layer.succeed(References.MinimumLogLevel, levels[options.level])
  )
