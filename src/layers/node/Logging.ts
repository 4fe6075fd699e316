// Logs on standard output, or on standard error if standard output has a command's result: one JSON object a line with
// its trace, or text for people.
import { Cause, Context, Layer, Logger, Option, References, Tracer } from "effect"
import { harmless } from "./harmless.ts"

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

type LogEntry = Logger.Options<unknown>

/** The parts of the message and the cause, harmless. */
const partsOf = ({ message, cause }: LogEntry): ReadonlyArray<unknown> => {
  const parts = Array.isArray(message) ? message : [message]
  const pretty = cause.reasons.length > 0 ? [{ cause: Cause.pretty(cause) }] : []
  return [...parts, ...pretty].map(harmless)
}

const annotationsOf = ({ fiber }: LogEntry) =>
  harmless(fiber.getRef(References.CurrentLogAnnotations)) as Readonly<Record<string, unknown>>

/** What writes the lines, as every one of them says: logs of several programs meet in one place. */
export interface Writer {
  readonly service: string
  readonly version: string
}

/** Objects among the logged arguments become fields, the rest the message. */
const json = (entry: LogEntry, { service, version }: Writer): string => {
  const parts = partsOf(entry)
  const span = Option.getOrUndefined(Context.getOption(entry.fiber.context, Tracer.ParentSpan))
  const line = {
    at: entry.date.toISOString(),
    level: entry.logLevel.toLowerCase(),
    message: parts.filter((part) => !isFields(part)).join(" "),
    ...annotationsOf(entry),
    ...Object.assign({}, ...parts.filter(isFields)),
    ...(span && { traceId: span.traceId, spanId: span.spanId }),
    service,
    version
  }
  return JSON.stringify(line)
}

/** A first line that says what, and the rest of it below, indented. For the person who has started the program. */
const pretty = (entry: LogEntry): string => {
  const parts = partsOf(entry)
  const fields = { ...annotationsOf(entry), ...Object.assign({}, ...parts.filter(isFields)) }
  const head = [
    entry.date.toISOString().slice(11, 23),
    entry.logLevel.toUpperCase().padEnd(5),
    ...parts.filter((part) => !isFields(part)).map(text)
  ].join(" ")
  const rest = Object.entries(fields).map(([key, value]) => `  ${key}: ${text(value)}`)
  return [head, ...rest].join("\n")
}

/** Causes have lines; no other control character reaches a terminal. */
const text = (value: unknown): string =>
  typeof value === "string"
    ? value.replace(/[^\P{Cc}\n]/gu, " ").replaceAll("\n", "\n    ")
    : JSON.stringify(value)

export const layer = (
  options: Writer & {
    readonly level: Level
    readonly format: "json" | "pretty"
    /** Standard output without it. */
    readonly stream?: "stdout" | "stderr"
  }
): Layer.Layer<never> => {
  const { level, format, stream = "stdout" } = options
  const lineOf = format === "json" ? json : pretty
  const logger = Logger.make<unknown, void>((entry) => {
    process[stream].write(`${lineOf(entry, options)}\n`)
  })
  return Layer.merge(
    Logger.layer([logger]),
    Layer.succeed(References.MinimumLogLevel, levels[level])
  )
}
