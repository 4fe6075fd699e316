// The limits on codes, in every use case that sends one: for the requesting client, and for the recipient.
import { Effect, Option } from "effect"
import type { DeviceId } from "../../ids.ts"
import { mailboxOf } from "../../messaging/mailboxOf.ts"
import { blockOf } from "../../messaging/phoneNumber.ts"
import { RateLimiter } from "../../runtime/RateLimiter.ts"
import type { Channel, Purpose } from "../model/Verification.ts"
import { limitClient } from "./limitClient.ts"

/** Counts a code by SMS towards the limits of its number and of the number's block. */
const limitText = Effect.fnUntraced(function* (phone: string) {
  const limiter = yield* RateLimiter
  yield* limiter.take("codeRecipient", phone)
  yield* limiter.take("smsBlock", blockOf(phone))
})

/** The same for a code that resets a password. */
export const limitResetText = Effect.fnUntraced(function* (phone: string) {
  const limiter = yield* RateLimiter
  yield* limiter.take("resetPhone", phone)
  yield* limiter.take("resetBlock", blockOf(phone))
})

/**
 * Counts one code towards the limits of its asker and of its recipient. Of a reset that is the
 * address that was asked for: whose phone it goes to must not show, and is counted where it is sent
 * (see sendCode).
 */
export const limitCode = Effect.fnUntraced(function* (purpose: Purpose, client: string) {
  yield* limitClient("codeClient", client)
  if (purpose._tag === "Phone") yield* limitText(purpose.phone)
  else {
    const rule = purpose._tag === "Reset" ? "forgotAddress" : "codeRecipient"
    yield* RateLimiter.use((limiter) => limiter.take(rule, mailboxOf(purpose.email)))
  }
})

/** The requester of a reset: `email` is normalized, `client` the client's address. */
export interface ResetRequest {
  readonly email: string
  readonly channel: Channel
  readonly client: string
  readonly device: Option.Option<DeviceId>
}

/** `shared`: the address has had its own codes of the hour; see `startSharedReset`. */
type ResetCode = "own" | "shared"

/**
 * Counts a reset, and says which code it gets. A known device has a limit of its own. Other requests count towards the
 * limit of the address, which strangers can use up. Then each client still has five by mail, so that the owner of the
 * mailbox gets in.
 */
export const limitReset = Effect.fnUntraced(function* (request: ResetRequest) {
  const { email, channel, client, device } = request
  const limiter = yield* RateLimiter
  const code = (which: ResetCode) => which
  if (Option.isSome(device)) {
    yield* limiter.take("forgotDevice", device.value)
    return code("own")
  }
  yield* limitClient("forgotClient", client)
  const mailbox = mailboxOf(email)
  const isFew = yield* Effect.isSuccess(limiter.take("forgotClientAddress", `${client} ${mailbox}`))
  const which = yield* limiter.take("forgotAddress", mailbox).pipe(
    Effect.as(code("own")),
    Effect.catch((refused) =>
      isFew && channel === "email" ? Effect.succeed(code("shared")) : Effect.fail(refused)
    )
  )
  yield* limitClient("codeClient", client)
  return which
})
