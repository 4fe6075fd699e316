// Mailer and Sms that keep what they "send" in this process, and the Mailbox that shows it.
import { Effect, Layer, Option } from "effect"
import { headerProblem } from "../../services/messaging/headers.ts"
import { Mailbox, type SentMessage } from "../../services/messaging/Mailbox.ts"
import { type Mail, Mailer, MailerError } from "../../services/messaging/Mailer.ts"
import { Sms } from "../../services/messaging/Sms.ts"
import { now } from "../../services/time.ts"

const capacity = 1000

export const layer: Layer.Layer<Mailer | Sms | Mailbox> = Layer.unwrap(
  Effect.sync(() => {
    /** Oldest first. */
    const messages: Array<SentMessage> = []

    let sent = 0
    const keep = (message: Omit<SentMessage, "id" | "at">) =>
      Effect.map(now, (at) => {
        sent += 1
        messages.push({ id: sent, ...message, at })
        if (messages.length > capacity) messages.shift()
      })

    const insistOnHeaders = (mail: Mail): Effect.Effect<void, MailerError> =>
      Option.match(headerProblem(mail), {
        onNone: () => Effect.void,
        onSome: (problem) =>
          new MailerError({ reason: "rejected", mayBeSent: false, cause: new Error(problem) })
      })

    return Layer.mergeAll(
      Layer.succeed(Mailer, {
        send: (mail) => {
          const { to, replyTo, subject, text, html } = mail
          const answers = replyTo === undefined ? {} : { replyTo }
          return Effect.andThen(
            insistOnHeaders(mail),
            keep({ to, ...answers, channel: "email", subject, text, html })
          )
        },
        // To keep one more text takes no time that could be measured.
        rehearse: insistOnHeaders
      }),
      Layer.succeed(Sms, {
        available: true,
        serves: () => true,
        send: ({ to, text }) => keep({ to, channel: "sms", subject: "", text, html: "" }),
        rehearse: () => Effect.void
      }),
      Layer.succeed(Mailbox, {
        list: Effect.sync(() => messages.toReversed()),
        find: (id) =>
          Effect.sync(() => Option.fromUndefinedOr(messages.find((message) => message.id === id)))
      })
    )
  })
)
