// Sends a verification's code, or the mail that is sent instead, in the background. If a reset has no recipient, the
// same work is done without sending: otherwise the times of the next responses would reveal that.
import { Effect, Match, Option } from "effect"
import { codeMail } from "../../mails/codeMail.ts"
import type { Asked } from "../../mails/codes.ts"
import { codeText, resetText } from "../../mails/codeTexts.ts"
import { resetMail } from "../../mails/resetMail.ts"
import { Shop } from "../../mails/Shop.ts"
import { takenMail } from "../../mails/takenMail.ts"
import { Sms } from "../../messaging/Sms.ts"
import { rehearseUrgently, sendUrgently } from "../../messaging/sendUrgently.ts"
import { type Code, showCode, type Verification } from "../model/Verification.ts"
import { limitResetText } from "./limitCodes.ts"
import { sendInBackground } from "./sendInBackground.ts"

export const sendCode = Effect.fn("sendCode")(function* (
  { id, purpose, expiresAt }: Verification,
  code: Code,
  asked: Asked
) {
  const minutes = Math.floor((expiresAt.getTime() - asked.at.getTime()) / 60_000)
  const sent = { code: showCode(code), asked, minutes }
  const { locale } = purpose
  const sms = yield* Sms
  const shop = yield* Shop
  // Once, however often the send is tried. Where no account has the phone, the id stands for it: no limit is met.
  const counted = yield* Effect.cached(
    purpose._tag === "Reset"
      ? limitResetText(
          Option.match(purpose.account, { onNone: () => id, onSome: ({ to }): string => to })
        )
      : Effect.void
  )
  const send = Match.valueTags(purpose, {
    Register: ({ email }) => sendUrgently(codeMail({ email, locale }, sent, shop)),
    Taken: ({ email }) => sendUrgently(takenMail({ email, locale }, shop)),
    Phone: ({ phone }) => sms.send({ to: phone, text: codeText(sent, locale) }),
    Reset: ({ email, channel, account }) => {
      const [sendMail, sendText] = Option.isNone(account)
        ? [rehearseUrgently, sms.rehearse]
        : [sendUrgently, sms.send]
      const to = Option.match(account, { onNone: () => email, onSome: (found) => found.to })
      if (channel === "email") return sendMail(resetMail({ email: to, locale }, sent, shop))
      // Counted only here: a refusal in the answer would tell that the address has an account, and whose
      // phone it has.
      return Effect.matchEffect(counted, {
        onFailure: () =>
          Effect.logWarning("too many codes for one phone: none sent", { verificationId: id }),
        onSuccess: () => sendText({ to, text: resetText(sent, locale) })
      })
    }
  })
  yield* sendInBackground(send, { verificationId: id })
})
