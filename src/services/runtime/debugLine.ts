// A log line at `debug` on a path of many orders: its content is built only if the line is written.
import { Effect, LogLevel } from "effect"

export const debugLine = (
  message: string,
  fields: () => Readonly<Record<string, unknown>>
): Effect.Effect<void> =>
  Effect.flatMap(LogLevel.isEnabled("Debug"), (isWritten) =>
    isWritten ? Effect.logDebug(message, fields()) : Effect.void
  )
