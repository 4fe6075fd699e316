// Mailer and Sms that keep what they "send" in this process, and the Mailbox that shows it.
import { Effect, Layer, Option } from "effect"
import { headerProblem } from "../../services/messaging/headers.ts"
import { Mailbox, type SentMessage } from "../../services/messaging/Mailbox.ts"
import { Mailer, MailerError } from "../../services/messaging/Mailer.ts"
import { Sms } from "../../services/messaging/Sms.ts"
import { now } from "../../services/time.ts"

const capacity = 1000

export const layer: Layer.Layer<Mailer | Sms | Mailbox> = Layer.unwrap(
  Effect.sync(() => {
    /** Oldest first. */
    const messages: Array<SentMessage> = []

    const keep = (message: Omit<SentMessage, "at">) =>
      Effect.map(now, (at) => {
        messages.push({ ...message, at })
        if (messages.length > capacity) messages.shift()
      })

    return Layer.mergeAll(
      Layer.succeed(Mailer, {
        send: ({ to, subject, text, html }) => {
          const problem = headerProblem({ to, subject, text, html })
          return Option.isNone(problem)
            ? keep({ to, channel: "email", subject, text, html })
            : new MailerError({
                reason: "rejected",
                mayBeSent: false,
                cause: new Error(problem.value)
              })
        }
      }),
      Layer.succeed(Sms, {
        available: true,
        serves: () => true,
        send: ({ to, text }) => keep({ to, channel: "sms", subject: "", text, html: "" })
      }),
      Layer.succeed(Mailbox, { list: Effect.sync(() => messages.toReversed()) })
    )
  })
)
