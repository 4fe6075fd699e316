// Another mailer: SMTP, by a transport such as `nodemailer.createTransport({ host, auth, … })` gives. The package is not
// imported: only the one method below is used.
import { Duration, Effect, Layer, Option } from "effect"
import {
  headerProblem,
  type Mail,
  Mailer,
  MailerError,
  sendTimeoutSeconds
} from "order-processing/services"

export interface SmtpTransport {
  readonly sendMail: (mail: Mail & { readonly from: string }) => Promise<unknown>
}

export interface SmtpMailerOptions {
  /** An address, or `Name <address>`. */
  readonly sender: string
  readonly transport: SmtpTransport
}

/** A little before the port's deadline. */
const deadline = Duration.seconds(sendTimeoutSeconds - 0.5)

const numberIn = (error: object): number =>
  "responseCode" in error && typeof error.responseCode === "number" ? error.responseCode : 0

/** By the server's answer (RFC 5321, 4.2), else by nodemailer's own codes. */
const classify = (error: unknown): Pick<MailerError, "reason" | "mayBeSent"> => {
  const known = typeof error === "object" && error !== null ? error : {}
  const status = numberIn(known)
  const code = "code" in known ? known.code : undefined
  if (code === "EAUTH" || status === 530 || status === 535)
    return { reason: "denied", mayBeSent: false }
  if (status >= 500) return { reason: "rejected", mayBeSent: false }
  if (status >= 400) return { reason: "throttled", mayBeSent: false }
  const neverSent = code === "ECONNECTION" || code === "EDNS" || code === "ETLS"
  // Without an answer, what the server did is unknown.
  return { reason: "unavailable", mayBeSent: !neverSent }
}

/** What the port asks for before anything leaves the process. */
const check = (mail: Mail): Effect.Effect<void, MailerError> =>
  Option.match(headerProblem(mail), {
    onNone: () => Effect.void,
    onSome: (problem) =>
      new MailerError({ reason: "rejected", mayBeSent: false, cause: new Error(problem) })
  })

export const layer = ({ sender, transport }: SmtpMailerOptions): Layer.Layer<Mailer> =>
  Layer.succeed(Mailer, {
    send: (mail) =>
      check(mail).pipe(
        Effect.andThen(
          Effect.tryPromise({
            try: () => transport.sendMail({ ...mail, from: sender }),
            catch: (cause) => new MailerError({ ...classify(cause), cause })
          })
        ),
        Effect.timeoutOrElse({
          duration: deadline,
          orElse: () =>
            new MailerError({ reason: "unavailable", mayBeSent: true, cause: "no answer in time" })
        }),
        Effect.asVoid
      ),
    rehearse: check
  })
