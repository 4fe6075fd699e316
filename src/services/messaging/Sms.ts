// Port: short messages, if the deployment has a provider for them.
import { Context, Data, type Effect } from "effect"

export class SmsError extends Data.TaggedError("SmsError")<{
  /**
   * `rejected`: refused for this number, another try soon is pointless; `throttled`: too fast; `denied`:
   * credentials, account or sender are wrong, or the account may not send there; `unavailable`: down or no
   * answer in time.
   */
  readonly reason: "rejected" | "throttled" | "denied" | "unavailable"
  /** Whether the message may have been sent although the call failed: its response was lost. */
  readonly mayBeSent: boolean
  /** The seconds of the provider's Retry-After, if it sends one. */
  readonly retryAfterSeconds?: number | undefined
  readonly cause: unknown
}> {}

export interface ShortMessage {
  readonly to: string
  readonly text: string
}

export class Sms extends Context.Service<
  Sms,
  {
    /** Whether a channel is configured; nothing is sent or rehearsed otherwise. */
    readonly available: boolean
    /** Whether the deployment sends to this E.164 number: there is a channel, and its country is allowed. */
    readonly serves: (to: string) => boolean
    /** Sends once, without retries, to an E.164 number; `rejected` where it is not served. At most 8 s. */
    readonly send: (message: ShortMessage) => Effect.Effect<void, SmsError>
    /** Does the work of `send` in this process, and sends nothing (see Mailer). `to` need be no number. */
    readonly rehearse: (message: ShortMessage) => Effect.Effect<void, SmsError>
  }
>()("services/messaging/Sms") {}
