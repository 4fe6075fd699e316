// Use case: request a phone number for the account; the code that comes by SMS verifies it (see verifyOtp). A verified
// phone can set a new password, so the login must be recent.
import { Effect, Option } from "effect"
import { audit } from "../audit/audit.ts"
import { maskAddress } from "../audit/mask.ts"
import { Sms } from "../messaging/Sms.ts"
import type { Principal } from "../Principal.ts"
import { ChannelUnavailable } from "./model/errors.ts"
import type { Purpose } from "./model/Verification.ts"
import { codeFormFor } from "./steps/codeFailures.ts"
import { limitCode } from "./steps/limitCodes.ts"
import { requireRecentLogin } from "./steps/requireRecentLogin.ts"
import { startVerification } from "./steps/startVerification.ts"

export const changePhone = Effect.fn("changePhone")(function* (
  principal: Principal,
  input: {
    readonly phone: string
    /** The client's address, for limits. */
    readonly client: string
  }
) {
  const sms = yield* Sms
  const { phone, client } = input
  if (!sms.serves(phone))
    return yield* new ChannelUnavailable({
      channel: "sms",
      missing: sms.available ? "country" : "channel"
    })
  const account = yield* requireRecentLogin(principal)
  const { user, passwordVersion, phoneRemovals } = account
  const purpose: Purpose = {
    _tag: "Phone",
    userId: user.id,
    phone,
    locale: user.locale,
    passwordVersion,
    phoneRemovals
  }
  yield* limitCode(purpose, client)
  const pending = yield* startVerification(purpose, codeFormFor(Option.some(account)))
  yield* audit({
    kind: "phone_change_requested",
    subject: {
      userId: user.id,
      verificationId: pending.verificationId,
      address: maskAddress(phone)
    }
  })
  return pending
})
