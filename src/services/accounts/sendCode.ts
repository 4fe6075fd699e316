// Sends a verification's code, or for a taken address the note to its owner, in the background: neither
// the answer nor its time tells which it was.
import { Duration, Effect, Match, Schedule } from "effect"
import { Mailer } from "../messaging/Mailer.ts"
import { Sms } from "../messaging/Sms.ts"
import { Background } from "../runtime/Background.ts"
import { codeMail, codeText, takenMail } from "./mails.ts"
import { resendCooldownSeconds, type Verification } from "./Verification.ts"

interface Failure {
  readonly reason: "rejected" | "throttled" | "denied" | "unavailable"
  readonly retryAfterSeconds?: number | undefined
}

const asked = ({ retryAfterSeconds = 0 }: Failure): Duration.Duration =>
  Duration.seconds(retryAfterSeconds)

/** 0.5, 1, 2, 4 s, or the provider's own wish where that is longer. */
const retries = Schedule.exponential("500 millis").pipe(
  Schedule.jittered,
  Schedule.upTo({ times: 4 }),
  Schedule.setInputType<Failure>(),
  Schedule.modifyDelay(({ input, duration }) =>
    Effect.succeed(Duration.max(duration, asked(input)))
  )
)

/** A code that is to wait for as long as a new one is asked for by then. */
const passes = (error: Failure): boolean =>
  (error.reason === "throttled" || error.reason === "unavailable") &&
  Duration.isLessThan(asked(error), Duration.seconds(resendCooldownSeconds))

export const sendCode = Effect.fn("sendCode")(function* (
  { id, purpose }: Verification,
  code: string
) {
  const mailer = yield* Mailer
  const sms = yield* Sms
  const send = Match.valueTags(purpose, {
    Register: ({ email }) => mailer.send(codeMail(email, code)),
    Taken: ({ email }) => mailer.send(takenMail(email)),
    Phone: ({ phone }) => sms.send({ to: phone, text: codeText(code) })
  })
  const background = yield* Background
  // A second copy of a code does no harm, so a send that may have succeeded is retried too.
  yield* background.run(
    send.pipe(
      Effect.retry({ schedule: retries, while: passes }),
      Effect.catch((error) =>
        Effect.logWarning("a verification code could not be sent", {
          verificationId: id,
          reason: error.reason
        })
      )
    )
  )
})
