// Use case: request a code that sets a new password. An address without an account takes the same path and time to the
// same answer, and nothing is sent; the same holds for SMS without a verified phone.
import { Effect, Option } from "effect"
import { audit } from "../audit/audit.ts"
import { maskAddress } from "../audit/mask.ts"
import { defaultLocale } from "../locale.ts"
import { Sms } from "../messaging/Sms.ts"
import { type Account, normalizeEmail } from "./model/Account.ts"
import { ChannelUnavailable } from "./model/errors.ts"
import type { Channel, Purpose } from "./model/Verification.ts"
import { AccountStore } from "./ports/AccountStore.ts"
import { auditRefusals } from "./steps/auditRefusals.ts"
import { codeFormFor } from "./steps/codeFailures.ts"
import { knownDevice } from "./steps/deviceTokens.ts"
import { limitReset } from "./steps/limitCodes.ts"
import { startSharedReset } from "./steps/startSharedReset.ts"
import { startVerification } from "./steps/startVerification.ts"

export const forgotPassword = Effect.fn("forgotPassword")(function* (input: {
  readonly email: string
  readonly channel: Channel
  /** The client's address, for limits. */
  readonly client: string
  /** The device token that an earlier login or reset on this device returned. */
  readonly deviceToken: Option.Option<string>
}) {
  const { channel, client } = input
  const email = normalizeEmail(input.email)
  const sms = yield* Sms
  // Of the deployment, not of the account.
  if (channel === "sms" && !sms.available)
    return yield* new ChannelUnavailable({ channel, missing: "channel" })
  // Once, though a device that is known asks for it too.
  const lookUp = yield* Effect.cached(AccountStore.use((store) => store.findByEmail(email)))
  const device = yield* knownDevice(lookUp, input.deviceToken)
  const code = yield* limitReset({ email, channel, client, device }).pipe(
    auditRefusals(email, { address: maskAddress(email) })
  )
  const account = yield* lookUp
  const to = Option.flatMap(account, (found) => recipient(found, channel)).pipe(
    // A number of a country that was served once.
    Option.filter((found) => channel === "email" || sms.serves(found.to))
  )
  const locale = Option.match(account, {
    onNone: () => defaultLocale,
    onSome: ({ user }) => user.locale
  })
  const purpose = { _tag: "Reset", email, channel, locale, account: to } as const satisfies Purpose
  const pending =
    code === "shared"
      ? yield* startSharedReset(purpose, account)
      : yield* startVerification(purpose, codeFormFor(account))
  yield* audit({
    kind: "password_reset_requested",
    subject: {
      verificationId: pending.verificationId,
      address: maskAddress(email),
      ...(Option.isSome(account) ? { userId: account.value.user.id } : {})
    }
  })
  return pending
})

const recipient = ({ user, passwordVersion }: Account, channel: Channel) =>
  Option.map(channel === "email" ? Option.some(user.email) : user.phone, (to) => ({
    userId: user.id,
    passwordVersion,
    to
  }))
