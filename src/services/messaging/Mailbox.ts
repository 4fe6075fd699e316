// Port: what the embedded mailer and SMS channel "sent", for people who try the system without a
// provider. Only embedded layers have it.
import { Context, type Effect } from "effect"

export interface SentMessage {
  readonly to: string
  readonly channel: "email" | "sms"
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly at: Date
}

export class Mailbox extends Context.Service<
  Mailbox,
  {
    /** Newest first; the oldest go once there are 1000. */
    readonly list: Effect.Effect<ReadonlyArray<SentMessage>>
  }
>()("services/messaging/Mailbox") {}
