// Sends a verification's code, or what there is to send instead, in the background.
import { Effect, Match, Option } from "effect"
import { Mailer } from "../../messaging/Mailer.ts"
import { Sms } from "../../messaging/Sms.ts"
import type { Code, Verification } from "../model/Verification.ts"
import { limitResetText } from "./limitCodes.ts"
import { codeMail, codeText, resetMail, resetText, takenMail } from "./mails.ts"
import { sendInBackground } from "./sendInBackground.ts"

export const sendCode = Effect.fn("sendCode")(function* (
  { id, purpose }: Verification,
  code: Code
) {
  const mailer = yield* Mailer
  const sms = yield* Sms
  // Once, however often the send is tried.
  const counted = yield* Effect.cached(
    purpose._tag === "Reset" && Option.isSome(purpose.account)
      ? limitResetText(purpose.account.value.to)
      : Effect.void
  )
  const send = Match.valueTags(purpose, {
    Register: ({ email }) => mailer.send(codeMail(email, code)),
    Taken: ({ email }) => mailer.send(takenMail(email)),
    Phone: ({ phone }) => sms.send({ to: phone, text: codeText(code) }),
    Reset: ({ channel, account }) => {
      if (Option.isNone(account)) return Effect.void
      const { to } = account.value
      if (channel === "email") return mailer.send(resetMail(to, code))
      // Counted only here: a refusal in the answer would tell that the address has an account, and whose
      // phone it has.
      return Effect.matchEffect(counted, {
        onFailure: () =>
          Effect.logWarning("too many codes for one phone: none sent", { verificationId: id }),
        onSuccess: () => sms.send({ to, text: resetText(code) })
      })
    }
  })
  yield* sendInBackground(send, { verificationId: id })
})
