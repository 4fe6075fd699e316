// Domain errors of the account use cases.
import { Data } from "effect"
import type { UserId } from "../../ids.ts"

/** Unknown, unverified or wrong: the error never says which. */
export class InvalidCredentials extends Data.TaggedError("InvalidCredentials")<
  Record<never, never>
> {}

export class InvalidOtp extends Data.TaggedError("InvalidOtp")<Record<never, never>> {}

/** Unknown, expired, or for another purpose. */
export class VerificationExpired extends Data.TaggedError("VerificationExpired")<
  Record<never, never>
> {}

export class TooManyAttempts extends Data.TaggedError("TooManyAttempts")<Record<never, never>> {}

/** A new code was requested before the cooldown was over. */
export class ResendTooSoon extends Data.TaggedError("ResendTooSoon")<{
  readonly retryAfterSeconds: number
}> {}

export class WeakPassword extends Data.TaggedError("WeakPassword")<{
  /** What the password lacks, for the person who chooses it. */
  readonly advice: string
}> {}

export class SessionRevoked extends Data.TaggedError("SessionRevoked")<Record<never, never>> {}

/** The session has ended, or its login is too long ago for the request. */
export class LoginRequired extends Data.TaggedError("LoginRequired")<Record<never, never>> {}

/** Unknown, ended, or another user's. */
export class SessionNotFound extends Data.TaggedError("SessionNotFound")<{
  readonly id: string
}> {}

export class ChannelUnavailable extends Data.TaggedError("ChannelUnavailable")<{
  readonly channel: "sms"
  /** There is no provider, or the number's country is not served. */
  readonly missing: "channel" | "country"
}> {}

/** A forbidden change of an account: of one's own access, or of the last admin's. */
export class AccessNotChangeable extends Data.TaggedError("AccessNotChangeable")<{
  readonly because: "own" | "last admin"
}> {}

/** The account may log in, but not at the operators' console. */
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
