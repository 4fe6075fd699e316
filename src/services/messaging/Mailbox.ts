// Port: what the embedded mailer and SMS channel "sent", for people who try the system without a
// provider. Only embedded layers have it.
import { Context, type Effect, type Option } from "effect"

export interface SentMessage {
  /** 1 for the first one of a process, and so on. */
  readonly id: number
  readonly to: string
  /** Of a mail whose answers do not go to its sender. */
  readonly replyTo?: string
  readonly channel: "email" | "sms"
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly at: Date
}

export class Mailbox extends Context.Service<
  Mailbox,
  {
    /** Newest first; beyond 1000 the oldest are removed. */
    readonly list: Effect.Effect<ReadonlyArray<SentMessage>>
    /** None: there is no such message, or it was removed. */
    readonly find: (id: number) => Effect.Effect<Option.Option<SentMessage>>
  }
>()("services/messaging/Mailbox") {}
