import { assert, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { examineTwilio } from "../../../src/layers/twilio/examineTwilio.ts"
import { misbehaving, nobodyListens } from "../../misbehaving.ts"

const accountSid = `AC${"0".repeat(32)}`
const from = "+15005550006"

const found = Effect.fnUntraced(function* (baseUrl: string) {
  const authToken = Redacted.make("CANARY")
  const [finding] = yield* examineTwilio({ accountSid, authToken, from, baseUrl })
  assert.notInclude(JSON.stringify(finding), "CANARY")
  return [finding?.state, finding?.says]
})

/** Asks as Twilio documents it, and answers with this. */
const twilio = (status: number, body: unknown) =>
  misbehaving((request, response) => {
    const asked = `/2010-04-01/Accounts/${accountSid}/IncomingPhoneNumbers.json?PhoneNumber=${encodeURIComponent(from)}`
    const isRight =
      request.url === asked &&
      request.headers.authorization === `Basic ${btoa(`${accountSid}:CANARY`)}`
    response.writeHead(isRight ? status : 404).end(JSON.stringify(body))
  })

const numbers = (...sms: ReadonlyArray<boolean>) => ({
  incoming_phone_numbers: sms.map((can) => ({ capabilities: { sms: can } }))
})

for (const [what, status, body, state, words] of [
  ["that has the number", 200, numbers(true), "ok", "has the number"],
  ["whose number sends no SMS", 200, numbers(false), "failure", "sends no SMS"],
  ["that does not have the number", 200, numbers(), "warning", "no number"],
  ["that refuses the credentials", 401, { code: 20003 }, "failure", "refuses the credentials"],
  ["in trouble", 503, {}, "failure", "HTTP 503"],
  ["that answers something else", 200, { hello: true }, "failure", "could not be checked"]
] as const)
  it.live(`an account ${what} is a ${state}`, () =>
    Effect.gen(function* () {
      const [judged, says] = yield* found(yield* twilio(status, body))
      assert.strictEqual(judged, state)
      assert.include(says, words)
    })
  )

it.live("an unavailable Twilio is a failure", () =>
  Effect.gen(function* () {
    const [state, says] = yield* found(yield* nobodyListens)
    assert.deepStrictEqual([state, says], ["failure", "Twilio does not answer"])
  })
)
