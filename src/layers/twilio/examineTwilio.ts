// Checks the Twilio account for an operator: whether Twilio accepts the credentials, and the account has the number. No
// SMS is sent.
import { Effect, Schema } from "effect"
import {
  type Finding,
  failure,
  look,
  ok,
  type Verdict,
  warning
} from "../../services/runtime/Finding.ts"
import { authorization, resourceUrl, type TwilioSmsOptions } from "./TwilioSms.ts"

const decodeNumbers = Schema.decodeUnknownEffect(
  Schema.fromJsonString(
    Schema.Struct({
      incoming_phone_numbers: Schema.Array(
        Schema.Struct({
          capabilities: Schema.optionalKey(
            Schema.Struct({ sms: Schema.optionalKey(Schema.Boolean) })
          )
        })
      )
    })
  )
)

const account =
  "see whether TWILIO_ACCOUNT_SID, TWILIO_APIKEY_SID and TWILIO_AUTH_TOKEN belong together, and whether the key is still there"

const judge = Effect.fnUntraced(function* (status: number, body: string) {
  if (status === 401 || status === 403)
    return failure(`Twilio refuses the credentials (HTTP ${status})`, account)
  if (status !== 200)
    return failure(`Twilio answers HTTP ${status}`, "see https://status.twilio.com")
  const { incoming_phone_numbers: numbers } = yield* decodeNumbers(body)
  const [number] = numbers
  if (number === undefined)
    return warning(
      "the account has no number TWILIO_PHONE_NUMBER of its own",
      "correct it, unless Twilio hosts the number in another way"
    )
  return number.capabilities?.sms === false
    ? failure("the number of TWILIO_PHONE_NUMBER sends no SMS", "name one that does")
    : ok("it takes the credentials, and has the number")
})

const numbers = (options: TwilioSmsOptions): Effect.Effect<Verdict, unknown> =>
  Effect.gen(function* () {
    const url = resourceUrl(options, "IncomingPhoneNumbers.json")
    url.searchParams.set("PhoneNumber", options.from)
    const answer = yield* Effect.tryPromise(async (signal) => {
      const response = await fetch(url, {
        headers: { authorization: authorization(options) },
        // The credentials are for Twilio alone.
        redirect: "manual",
        signal
      })
      return { status: response.status, body: await response.text() }
    }).pipe(Effect.option)
    return answer._tag === "None"
      ? failure(
          "Twilio does not answer",
          "see TWILIO_BASE_URL, and whether a firewall lies between"
        )
      : yield* judge(answer.value.status, answer.value.body)
  })

export const examineTwilio = (options: TwilioSmsOptions): Effect.Effect<ReadonlyArray<Finding>> =>
  Effect.map(look("Twilio", "account", numbers(options)), (finding) => [finding])
