// Measures what waits to be mailed, apart from the scrapes: a scrape costs the database nothing.
import { Effect, Metric, Schedule } from "effect"
import { mailsDue, mailsPerSecond, oldestDueSeconds } from "../services/metrics.ts"
import { measureMails } from "../services/orders/measureMails.ts"

/** Measures until its scope closes. */
export const measure = Effect.gen(function* () {
  const { due, oldestSeconds, perSecond } = yield* measureMails
  yield* Metric.update(mailsDue, due)
  yield* Metric.update(oldestDueSeconds, oldestSeconds)
  yield* Metric.update(mailsPerSecond, perSecond)
}).pipe(
  Effect.catchCause((cause) => Effect.logWarning("the mails that are due are not counted", cause)),
  Effect.repeat(Schedule.spaced("15 seconds")),
  Effect.forkScoped
)
