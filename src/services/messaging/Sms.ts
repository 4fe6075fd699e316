// Port: short messages, where the deployment has a channel for them.
import { Context, Data, type Effect } from "effect"

export class SmsError extends Data.TaggedError("SmsError")<{
  readonly reason: "rejected" | "throttled" | "denied" | "unavailable"
  readonly mayBeSent: boolean
  readonly cause: unknown
}> {}

export class Sms extends Context.Service<
  Sms,
  {
    /** Whether a channel is configured; `send` is not called otherwise. */
    readonly available: boolean
    /** Sends once, without retries, to an E.164 number. At most 8 s. */
    readonly send: (message: {
      readonly to: string
      readonly text: string
    }) => Effect.Effect<void, SmsError>
  }
>()("services/messaging/Sms") {}
