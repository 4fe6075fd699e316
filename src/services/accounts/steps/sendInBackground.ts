// Sends a message of an account after the response, with a few retries, so that neither the response nor its time
// reveals whether it was sent.
import { Duration, Effect, Schedule } from "effect"
import type { MailerError } from "../../messaging/Mailer.ts"
import type { SmsError } from "../../messaging/Sms.ts"
import { countAccountMessageFailed } from "../../metrics.ts"
import { Background } from "../../runtime/Background.ts"
import { resendCooldownSeconds } from "../model/Verification.ts"
import type { AccountStoreError } from "../ports/AccountStore.ts"

type SendError = MailerError | SmsError | AccountStoreError

const reasonOf = (error: SendError) => ("reason" in error ? error.reason : "unavailable")

/** What an operator has to repair. Adapters name no recipient in it. */
const whyDenied = (error: SendError) =>
  reasonOf(error) === "denied" && error.cause instanceof Error ? { why: error.cause.message } : {}

/** The provider's Retry-After. */
const asked = (error: SendError): Duration.Duration =>
  Duration.seconds("retryAfterSeconds" in error ? (error.retryAfterSeconds ?? 0) : 0)

/** 0.5, 1, 2, 4 s, or the provider's Retry-After if that is longer. */
const retries = Schedule.exponential("500 millis").pipe(
  Schedule.jittered,
  Schedule.upTo({ times: 4 }),
  Schedule.setInputType<SendError>(),
  Schedule.modifyDelay(({ input, duration }) =>
    Effect.succeed(Duration.max(duration, asked(input)))
  )
)

/** Whether the failure passes before the recipient may ask for a new code. */
const passes = (error: SendError): boolean => {
  const reason = reasonOf(error)
  return (
    (reason === "throttled" || reason === "unavailable") &&
    Duration.isLessThan(asked(error), Duration.seconds(resendCooldownSeconds))
  )
}

/**
 * What could not be sent is logged under `about`, which names no address. A send that may have
 * succeeded is retried too: a second copy does no harm.
 */
export const sendInBackground = <R>(
  send: Effect.Effect<void, SendError, R>,
  about: Readonly<Record<string, string>>
) =>
  Background.use(({ run }) =>
    run(
      send.pipe(
        Effect.retry({ schedule: retries, while: passes }),
        Effect.catch((error) =>
          Effect.logWarning("a message to an account's owner could not be sent", {
            ...about,
            reason: reasonOf(error),
            ...whyDenied(error)
          }).pipe(Effect.andThen(countAccountMessageFailed[reasonOf(error)]))
        )
      )
    )
  )
