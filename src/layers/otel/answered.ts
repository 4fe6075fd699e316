// Marks no span as failed for an error of the client: by OpenTelemetry's conventions a server's span is not an error
// below 500, and its child spans would otherwise show one.
import { Cause, Exit, Tracer } from "effect"

/** Whether nothing but answers to the client are in it. */
const isAnswered = (
  exit: Exit.Exit<unknown, unknown>,
  isAnswer: (error: unknown) => boolean
): boolean =>
  Exit.isFailure(exit) &&
  exit.cause.reasons.length > 0 &&
  exit.cause.reasons.every((reason) => Cause.isFailReason(reason) && isAnswer(reason.error))

/** The same tracer, whose spans end well with such errors. */
export const answered = (
  tracer: Tracer.Tracer,
  isAnswer: (error: unknown) => boolean
): Tracer.Tracer =>
  Tracer.make({
    span(options) {
      const span = tracer.span(options)
      const end = span.end.bind(span)
      span.end = (endTime, exit) => end(endTime, isAnswered(exit, isAnswer) ? Exit.void : exit)
      return span
    }
  })
