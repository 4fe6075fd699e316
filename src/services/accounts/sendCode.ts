// Sends a verification's code, or for a taken address the note to its owner, in the background: neither
// the answer nor its time tells which it was.
import { Effect, Match, Schedule } from "effect"
import { Mailer } from "../messaging/Mailer.ts"
import { Sms } from "../messaging/Sms.ts"
import { Background } from "../runtime/Background.ts"
import { codeMail, codeText, takenMail } from "./mails.ts"
import type { Verification } from "./Verification.ts"

/** 0.5, 1, 2, 4 s: a code that comes later than that is asked for again anyway. */
const retries = Schedule.exponential("500 millis").pipe(
  Schedule.jittered,
  Schedule.upTo({ times: 4 })
)

const passes = (error: { readonly reason: string }) =>
  error.reason === "throttled" || error.reason === "unavailable"

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
