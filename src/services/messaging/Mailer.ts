// Port: mail. No mail provider here has an idempotency token, so the error says whether the mail may have been sent.
import { Context, Data, type Effect } from "effect"

export interface Mail {
  readonly to: string
  /** The reply address; absent: the sender. */
  readonly replyTo?: string
  readonly subject: string
  readonly text: string
  readonly html: string
}

export class MailerError extends Data.TaggedError("MailerError")<{
  /**
   * `rejected`: refused permanently (bad address, or a header that is not one line, see `headers.ts`);
   * `throttled`: too fast; `denied`: credentials, account or sender are wrong, for every mail alike;
   * `unavailable`: down or no answer in time.
   */
  readonly reason: "rejected" | "throttled" | "denied" | "unavailable"
  /** Whether the mail may have been sent although the call failed: its response was lost. */
  readonly mayBeSent: boolean
  readonly cause: unknown
}> {}

export class Mailer extends Context.Service<
  Mailer,
  {
    /** Sends once, without retries: callers know whether a second mail is acceptable. At most 8 s. */
    readonly send: (mail: Mail) => Effect.Effect<void, MailerError>
    /**
     * Does the work of `send` in this process, and sends nothing: the answers that follow must not tell by their
     * time whether a mail went out.
     */
    readonly rehearse: (mail: Mail) => Effect.Effect<void, MailerError>
  }
>()("services/messaging/Mailer") {}

/** The longest a send takes, in seconds; a claim must have more left when it starts. */
export const sendTimeoutSeconds = 8
