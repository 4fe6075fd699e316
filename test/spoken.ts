// Everything that an effect lets slip: its log lines, and its failure in each form in which one gets
// printed. For tests that look for a secret in there.
import { inspect } from "node:util"
import { Cause, Effect, Exit, Logger } from "effect"

export const spoken = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<string, never, R> =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const listening = Logger.layer([
      Logger.map(Logger.formatJson, (line) => lines.push(line)),
      Logger.map(Logger.formatLogFmt, (line) => lines.push(line))
    ])
    const exit = yield* effect.pipe(
      Effect.tapCause((cause) => Effect.logError("failed", cause)),
      Effect.exit,
      Effect.provide(listening)
    )
    if (Exit.isFailure(exit)) {
      lines.push(Cause.pretty(exit.cause))
      for (const failure of exit.cause.reasons.map(whatFailed)) {
        lines.push(String(failure), JSON.stringify(failure) ?? "")
        lines.push(inspect(failure, { depth: Number.POSITIVE_INFINITY, showHidden: true }))
      }
    }
    return lines.join("\n")
  })

const whatFailed = (reason: Cause.Reason<unknown>): unknown => {
  if (Cause.isFailReason(reason)) return reason.error
  return Cause.isDieReason(reason) ? reason.defect : undefined
}
