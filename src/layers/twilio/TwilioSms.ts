// Sms on Twilio's HTTP API: one request per message, within the port's deadline; a failure says whether the message may
// have been sent.
import { Duration, Effect, Layer, Option, Redacted, Schema } from "effect"
import { sendTimeoutSeconds } from "../../services/messaging/Mailer.ts"
import { type ShortMessage, Sms, SmsError } from "../../services/messaging/Sms.ts"
import { neverSent } from "../network/neverSent.ts"
import { rehearsalServer } from "../network/rehearsalServer.ts"
import { retryAfterSeconds } from "../network/retryAfter.ts"
import { classifyTwilioAnswer } from "./twilioErrors.ts"

export interface TwilioSmsOptions {
  readonly accountSid: string
  /** An API key; without it the account's own token is used. */
  readonly apiKeySid?: string | undefined
  /** The secret of the API key, else the account's token. */
  readonly authToken: Redacted.Redacted
  /** The sender, E.164. */
  readonly from: string
  /** Of Twilio, of one of its regions, or of a proxy, with or without a path; `https://api.twilio.com` by default. */
  readonly baseUrl?: string | undefined
}

/** A little before the port's deadline, so that the call returns within it. */
const deadline = Duration.seconds(sendTimeoutSeconds - 0.5)

/** Twilio's answer to a message: accepted, or failed already. */
const decodeMessage = Schema.decodeUnknownOption(
  Schema.fromJsonString(
    Schema.Struct({
      sid: Schema.NonEmptyString,
      error_code: Schema.optionalKey(Schema.NullOr(Schema.Int))
    })
  )
)
const decodeRefusal = Schema.decodeUnknownOption(
  Schema.fromJsonString(Schema.Struct({ code: Schema.Int }))
)

interface Answer {
  readonly status: number
  readonly body: string
  readonly retryAfter: string | null
}

/** `sent`, or Twilio's code for why not, where the answer is in Twilio's form. */
const read = ({ status, body }: Answer): Option.Option<"sent" | number> =>
  status < 200 || status >= 300
    ? Option.map(decodeRefusal(body), ({ code }) => code)
    : Option.map(decodeMessage(body), ({ error_code }) => error_code ?? "sent")

/** Twilio's answer to a message that it accepts. */
const accepted = { type: "application/json", body: '{"sid":"rehearsed","error_code":null}' }

/** A resource of the account. */
export const resourceUrl = (
  {
    accountSid,
    baseUrl = "https://api.twilio.com"
  }: Pick<TwilioSmsOptions, "accountSid" | "baseUrl">,
  resource: string
): URL =>
  new URL(
    `${baseUrl.replace(/\/+$/u, "")}/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/${resource}`
  )

export const authorization = ({
  accountSid,
  apiKeySid = accountSid,
  authToken
}: Pick<TwilioSmsOptions, "accountSid" | "apiKeySid" | "authToken">): string =>
  `Basic ${btoa(`${apiKeySid}:${Redacted.value(authToken)}`)}`

export const layer = (options: TwilioSmsOptions): Layer.Layer<Sms> =>
  Layer.effect(
    Sms,
    Effect.map(rehearsalServer(accepted), (rehearsals) => smsOf(options, new URL(rehearsals)))
  )

const smsOf = (options: TwilioSmsOptions, rehearsals: URL): Sms["Service"] => {
  const { from } = options
  const url = resourceUrl(options, "Messages.json")

  const post = (to: URL, form: URLSearchParams) =>
    Effect.tryPromise({
      try: async (signal): Promise<Answer> => {
        const response = await fetch(to, {
          method: "POST",
          body: form,
          headers: { authorization: authorization(options) },
          // The credentials are for Twilio alone.
          redirect: "manual",
          signal
        })
        return {
          status: response.status,
          body: await response.text(),
          retryAfter: response.headers.get("retry-after")
        }
      },
      catch: (error) =>
        new SmsError({
          reason: "unavailable",
          mayBeSent: !neverSent(error),
          cause: error
        })
    }).pipe(
      Effect.timeoutOrElse({
        duration: deadline,
        orElse: () =>
          new SmsError({
            reason: "unavailable",
            mayBeSent: true,
            cause: new Error("Twilio did not answer in time")
          })
      })
    )

  const sendTo = (to: URL) =>
    Effect.fnUntraced(function* (message: ShortMessage) {
      const answer = yield* post(
        to,
        new URLSearchParams({ To: message.to, From: from, Body: message.text })
      )
      const { status } = answer
      const outcome = read(answer)
      if (Option.contains(outcome, "sent")) return
      const code = Option.filter(outcome, (value) => value !== "sent")
      return yield* new SmsError({
        ...classifyTwilioAnswer(status, code),
        retryAfterSeconds: Option.getOrUndefined(yield* retryAfterSeconds(answer.retryAfter)),
        // Twilio's own words quote the number.
        cause: new Error(
          `Twilio: HTTP ${status}${Option.isNone(code) ? "" : `, code ${code.value}`}`
        )
      })
    })

  return Sms.of({
    available: true,
    serves: () => true,
    send: Effect.fn("TwilioSms.send")(sendTo(url)),
    rehearse: Effect.fn("TwilioSms.rehearse")(sendTo(rehearsals))
  })
}
