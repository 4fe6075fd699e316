// The token of a known device, for a caller who has just proven to own the account.
import { Effect, Option } from "effect"
import { DeviceId } from "../../ids.ts"
import { IdGenerator } from "../../runtime/IdGenerator.ts"
import type { Account } from "../model/Account.ts"
import { type DeviceClaims, TokenSigner } from "../ports/TokenSigner.ts"

export const issueDeviceToken = Effect.fn("issueDeviceToken")(function* (
  account: Omit<DeviceClaims, "deviceId">,
  at: Date
) {
  const deviceId = DeviceId.make(yield* IdGenerator.use((ids) => ids.unguessable))
  return yield* TokenSigner.use((signer) => signer.signDevice({ ...account, deviceId }, at))
})

/**
 * The device, if the token is one of this account and its password is still the one of then. The account is
 * looked for only where the token is one of ours.
 */
export const knownDevice = Effect.fn("knownDevice")(function* <E, R>(
  lookUp: Effect.Effect<Option.Option<Account>, E, R>,
  token: Option.Option<string>
) {
  if (Option.isNone(token)) return Option.none<DeviceId>()
  const claims = yield* Effect.option(TokenSigner.use((signer) => signer.verifyDevice(token.value)))
  if (Option.isNone(claims)) return Option.none<DeviceId>()
  const { userId, passwordVersion, deviceId } = claims.value
  const account = yield* lookUp
  return Option.isSome(account) &&
    account.value.user.id === userId &&
    account.value.passwordVersion === passwordVersion
    ? Option.some(deviceId)
    : Option.none<DeviceId>()
})
