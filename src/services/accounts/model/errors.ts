// Domain errors of the account use cases.
import { Data } from "effect"
import type { UserId } from "../../ids.ts"

/** Unknown, unverified or wrong: the error never says which. */
export class InvalidCredentials extends Data.TaggedError("InvalidCredentials")<
  Record<never, never>
> {}

export class InvalidOtp extends Data.TaggedError("InvalidOtp")<Record<never, never>> {}

/** Unknown, expired, or used for something else than what is asked for now. */
export class VerificationExpired extends Data.TaggedError("VerificationExpired")<
  Record<never, never>
> {}

export class TooManyAttempts extends Data.TaggedError("TooManyAttempts")<Record<never, never>> {}

/** A new code was asked for before the cooldown was over. */
export class ResendTooSoon extends Data.TaggedError("ResendTooSoon")<{
  readonly retryAfterSeconds: number
}> {}

export class WeakPassword extends Data.TaggedError("WeakPassword")<{
  /** What a better one needs, for the person who chooses it. */
  readonly advice: string
}> {}

export class SessionRevoked extends Data.TaggedError("SessionRevoked")<Record<never, never>> {}

/** The session has ended, or its login is too long ago for what was asked. */
export class LoginRequired extends Data.TaggedError("LoginRequired")<Record<never, never>> {}

/** Unknown, over, or another user's. */
export class SessionNotFound extends Data.TaggedError("SessionNotFound")<{
  readonly id: string
}> {}

export class ChannelUnavailable extends Data.TaggedError("ChannelUnavailable")<{
  readonly channel: "sms"
  /** There is no provider, or the number's country is not served. */
  readonly missing: "channel" | "country"
}> {}

/** What may not be done to an account: administrators end no access of their own, and nothing ends that of the last admin. */
export class AccessNotChangeable extends Data.TaggedError("AccessNotChangeable")<{
  readonly because: "own" | "last admin"
}> {}

/** The account may log in, and not at the operators' console. */
export class NotStaff extends Data.TaggedError("NotStaff")<Record<never, never>> {}

/** No account has this id: for operators alone. */
export class UserNotFound extends Data.TaggedError("UserNotFound")<{
  readonly id: UserId
}> {}

/** Only for operators: a client never learns which addresses have an account. */
export class AccountNotFound extends Data.TaggedError("AccountNotFound")<{
  readonly email: string
}> {
  override get message(): string {
    return `No account has the address ${this.email}: it must be registered and proven first.`
  }
}
