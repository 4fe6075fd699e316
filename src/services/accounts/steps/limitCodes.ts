// The limits on codes, wherever one is asked for: of whoever asks, and of whoever gets it.
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
 * Counts one code towards the limits of whoever asks for it and of whoever gets it. Of a reset that is the
 * address that was asked for: whose phone it goes to is nobody's business, and counted where it is sent
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

/** Who asks for a reset: `email` is normalized, `client` the client's address. */
export interface ResetRequest {
  readonly email: string
  readonly channel: Channel
  readonly client: string
  readonly device: Option.Option<DeviceId>
}

/**
 * Counts a reset. A device that is known has a limit of its own. For everybody else an address has one that
 * strangers can use up; a mail still goes out to whoever asks for it from a client that has not asked for it
 * in the last hour, as its owner would: for a mailbox a few more codes are no harm.
 */
export const limitReset = Effect.fnUntraced(function* (request: ResetRequest) {
  const { email, channel, client, device } = request
  const limiter = yield* RateLimiter
  if (Option.isSome(device)) {
    yield* limiter.take("forgotDevice", device.value)
    return
  }
  yield* limitClient("forgotClient", client)
  const mailbox = mailboxOf(email)
  const isFirst = yield* Effect.isSuccess(limiter.take("forgotFirst", `${client} ${mailbox}`))
  yield* limiter
    .take("forgotAddress", mailbox)
    .pipe(
      Effect.catch((refused) =>
        isFirst && channel === "email"
          ? Effect.mapError(limiter.take("forgotReserve", mailbox), () => refused)
          : Effect.fail(refused)
      )
    )
  yield* limitClient("codeClient", client)
})
