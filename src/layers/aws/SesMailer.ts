// Mailer on Amazon SES: one request per mail, within the port's deadline; a failure says whether the mail may have been
// sent.
import { SendEmailCommand } from "@aws-sdk/client-ses"
import { Duration, Effect, Layer, Option } from "effect"
import { headerProblem } from "../../services/messaging/headers.ts"
import {
  type Mail,
  Mailer,
  MailerError,
  sendTimeoutSeconds
} from "../../services/messaging/Mailer.ts"
import { inRecordedSpan } from "../../services/spans.ts"
import { SesClient } from "./SesClient.ts"
import { classifySesError, describeSesRefusal, type SesVerdict, sesVerdict } from "./sesErrors.ts"

export interface SesMailerOptions {
  /** The verified sender: an address, or `Name <address>`. */
  readonly sender: string
}

/** A little before the port's deadline, so that the call returns within it. */
const deadline = Duration.seconds(sendTimeoutSeconds - 0.5)

export const layer = ({ sender }: SesMailerOptions): Layer.Layer<Mailer, never, SesClient> =>
  Layer.effect(
    Mailer,
    Effect.gen(function* () {
      const ses = yield* SesClient

      const sendBy = (
        use: SesClient["Service"]["use"],
        record: (outcome: "taken" | "account-refused") => Effect.Effect<void>
      ) =>
        Effect.fnUntraced(function* (mail: Mail) {
          const problem = headerProblem(mail)
          if (Option.isSome(problem))
            return yield* new MailerError({
              reason: "rejected",
              mayBeSent: false,
              cause: new Error(problem.value)
            })
          const answer = yield* use((client, how) =>
            client.send(commandFor(mail, sender), how)
          ).pipe(
            Effect.tapError(({ error }) =>
              Option.match(Option.flatMapNullishOr(sesVerdict(error, sender), outcomeOf), {
                onNone: () => Effect.void,
                onSome: record
              })
            ),
            Effect.mapError(
              ({ error }) =>
                new MailerError({
                  ...classifySesError(error, sender),
                  cause: describeSesRefusal(error, sender)
                })
            ),
            Effect.timeoutOrElse({
              duration: deadline,
              orElse: () => new MailerError(lost("SES did not answer in time"))
            })
          )
          // SES never answers 200 without an id, so something else answered.
          if (!answer.MessageId) return yield* new MailerError(lost("SES answered without an id"))
          yield* record("taken")
        })

      return Mailer.of({
        send: inCallSpan("SendEmail", sendBy(ses.use, ses.recordMail)),
        // A rehearsal takes as long, also where it is recorded.
        rehearse: inCallSpan(
          "RehearseEmail",
          sendBy(ses.rehearse, () => Effect.void)
        )
      })
    })
  )

/** By the semantic conventions for the AWS SDK. */
const inCallSpan =
  <E, R>(method: string, send: (mail: Mail) => Effect.Effect<void, E, R>) =>
  (mail: Mail): Effect.Effect<void, E, R> =>
    inRecordedSpan(send(mail), () => ({
      name: `SES.${method}`,
      kind: "client",
      attributes: { "rpc.system": "aws-api", "rpc.service": "SES", "rpc.method": method }
    }))

/** What a refusal says about mails in general. */
const outcomeOf = (verdict: SesVerdict) => {
  if (verdict === "account-not-now" || verdict === "process-not-allowed") return "account-refused"
  return verdict === "address-never" ? "taken" : undefined
}

const lost = (what: string) =>
  ({ reason: "unavailable", mayBeSent: true, cause: new Error(what) }) as const

const utf8 = (text: string) => ({ Data: text, Charset: "UTF-8" })

const commandFor = (mail: Mail, sender: string): SendEmailCommand =>
  new SendEmailCommand({
    Source: sender,
    Destination: { ToAddresses: [mail.to] },
    ...(mail.replyTo === undefined ? {} : { ReplyToAddresses: [mail.replyTo] }),
    Message: {
      Subject: utf8(mail.subject),
      Body: { Text: utf8(mail.text), Html: utf8(mail.html) }
    }
  })
