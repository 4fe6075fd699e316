// Records audit events. None fails or delays the action that it records: the log line is written first, the store
// follows in the background, and if that fails finally the line is the record.
import { Effect, Option, Schedule, Schema } from "effect"
import { EventId } from "../ids.ts"
import { countBackgroundFailure } from "../metrics.ts"
import { Background } from "../runtime/Background.ts"
import { IdGenerator } from "../runtime/IdGenerator.ts"
import { now } from "../time.ts"
import {
  type Actor,
  AuditEvent,
  type AuditKind,
  type Details,
  type Outcome,
  outcomeOf,
  type Subject
} from "./AuditEvent.ts"
import { AuditLog } from "./AuditLog.ts"
import { Origin } from "./Origin.ts"

export interface Entry {
  readonly kind: AuditKind
  /** If it differs from the outcome of the kind. */
  readonly outcome?: Outcome
  /** The user, if the use case identified one and the request could not. */
  readonly actor?: Actor
  readonly subject?: Subject
  readonly details?: Details
}

/** 0.5, 1, 2, 4 s: an election is over by then, and shutdown waits for no more than 15 s. */
const retries = Schedule.exponential("500 millis").pipe(
  Schedule.jittered,
  Schedule.upTo({ times: 4 })
)

const encode = Schema.encodeSync(AuditEvent)

/** An event as in its log line: without free text, which may name other people. */
const toLogLine = (event: AuditEvent) => {
  const { reason: _, ...details } = event.details
  return { audit: encode({ ...event, details }) }
}

export const audit = Effect.fn("audit")(function* ({
  kind,
  outcome = outcomeOf[kind],
  actor,
  subject = {},
  details = {}
}: Entry) {
  const log = yield* AuditLog
  const background = yield* Background
  const origin = yield* Origin
  const event: AuditEvent = {
    id: EventId.make(yield* IdGenerator.use((ids) => ids.next)),
    at: yield* now,
    kind,
    outcome,
    actor: actor === undefined ? origin.actor : Option.some(actor),
    subject,
    details,
    client: origin.client,
    requestId: origin.requestId
  }
  const line = toLogLine(event)
  yield* outcome === "success" ? Effect.logInfo(kind, line) : Effect.logWarning(kind, line)
  yield* background.run(
    log.append(event).pipe(
      Effect.retry(retries),
      Effect.catch((error) =>
        Effect.andThen(
          Effect.logError("an audit event is in the log alone", error, line),
          countBackgroundFailure.audit
        )
      )
    )
  )
}, Effect.uninterruptible)

/**
 * Does something and records that it was done; none: nothing was. A client that hangs up meanwhile does not
 * keep it out of the record: neither is interrupted. What is done must have a deadline of its own.
 */
export const audited = <A, E, R>(
  change: Effect.Effect<A, E, R>,
  entry: (result: A) => Option.Option<Entry>
): Effect.Effect<A, E, R | AuditLog | Background | IdGenerator> =>
  Effect.uninterruptible(
    Effect.tap(change, (result) =>
      Option.match(entry(result), { onNone: () => Effect.void, onSome: audit })
    )
  )
