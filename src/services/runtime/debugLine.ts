// A line at `debug` on a way that many orders take: what it says is put together only where it is written.
import { Effect, LogLevel } from "effect"

export const debugLine = (
  message: string,
  fields: () => Readonly<Record<string, unknown>>
): Effect.Effect<void> =>
  Effect.flatMap(LogLevel.isEnabled("Debug"), (isWritten) =>
    isWritten ? Effect.logDebug(message, fields()) : Effect.void
  )
