// The limits on codes, wherever one is asked for: of whoever asks, and of whoever gets it.
import { Effect } from "effect"
import { blockOf } from "../../messaging/phoneNumber.ts"
import { RateLimiter } from "../../runtime/RateLimiter.ts"
import type { Purpose } from "../model/Verification.ts"

/** Counts a code by SMS towards the limits of its number and of the number's block. */
export const limitText = Effect.fnUntraced(function* (phone: string) {
  const limiter = yield* RateLimiter
  yield* limiter.take("codeRecipient", phone)
  yield* limiter.take("smsBlock", blockOf(phone))
})

/**
 * Counts one code towards the limits of whoever asks for it and of whoever gets it, whatever it is for.
 * The recipient of a reset by SMS is nobody's business: it is counted where it is sent (see sendCode).
 */
export const limitCode = Effect.fnUntraced(function* (purpose: Purpose, client: string) {
  yield* RateLimiter.use((limiter) => limiter.take("codeClient", client))
  if (purpose._tag === "Phone") yield* limitText(purpose.phone)
  else if (purpose._tag !== "Reset" || purpose.channel === "email")
    yield* RateLimiter.use((limiter) => limiter.take("codeRecipient", purpose.email))
})
