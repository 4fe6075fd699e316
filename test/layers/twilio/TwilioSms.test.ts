import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Cause, ConfigProvider, Deferred, Effect, Exit, Fiber, Layer, Redacted } from "effect"
import { TestClock } from "effect/testing"
import * as NoSms from "../../../src/layers/twilio/NoSms.ts"
import { layer } from "../../../src/layers/twilio/TwilioSms.ts"
import { devConfig } from "../../../src/programs/config/config.ts"
import * as live from "../../../src/programs/live.ts"
import { Sms, type SmsError } from "../../../src/services/messaging/Sms.ts"
import {
  internalError,
  startTwilio,
  type TwilioStub,
  tooManyRequests
} from "../../../tools/harness/twilio.ts"
import { Phones, smsContract } from "../../contract/sms.ts"
import { misbehaving, nobodyListens } from "../../misbehaving.ts"
import { spoken } from "../../spoken.ts"

const from = "+15005550006"
const message = { to: "+4915112345678", text: "Code CANARY-123456" }

const send = (to: string = message.to) => Sms.use((sms) => sms.send({ to, text: message.text }))

const outcome = ({ reason, mayBeSent }: SmsError) => ({ reason, mayBeSent })

/** What `fetch` writes to sockets while the scope lasts. */
const requests = Effect.gen(function* () {
  const sent: Array<ReturnType<typeof shapeOf>> = []
  const see = (event: unknown) => sent.push(shapeOf(event as SentRequest))
  yield* Effect.acquireRelease(
    Effect.sync(() => subscribe("undici:client:sendHeaders", see)),
    () => Effect.sync(() => unsubscribe("undici:client:sendHeaders", see))
  )
  return sent
})
interface SentRequest {
  readonly request: { readonly method: string }
  readonly headers: string
}
const shapeOf = ({ request, headers }: SentRequest) => ({
  method: request.method,
  headers: headers
    .split("\r\n")
    .slice(1)
    .map((line) => line.replace(/:.*/u, ""))
})

describe("Twilio", () => {
  let twilio: TwilioStub
  beforeAll(async () => {
    twilio = await startTwilio()
  })
  afterAll(() => twilio.stop())

  const withAccount = Layer.unwrap(
    Effect.sync(() => {
      twilio.clear()
      const { accountSid, authToken, baseUrl } = twilio
      return layer({ accountSid, authToken: Redacted.make(authToken), from, baseUrl })
    })
  )
  const withKey = Layer.unwrap(
    Effect.sync(() => {
      twilio.clear()
      const { accountSid, apiKeySid, apiKeySecret, baseUrl } = twilio
      return layer({
        accountSid,
        apiKeySid,
        authToken: Redacted.make(apiKeySecret),
        from,
        baseUrl
      })
    })
  )
  const phones = Layer.succeed(Phones, {
    received: Effect.sync(() => twilio.messages().map(({ to, body }) => ({ to, text: body })))
  })

  smsContract("Sms on Twilio with the account's token", Layer.merge(phones, withAccount))
  smsContract("Sms on Twilio with an API key", Layer.merge(phones, withKey))

  it.live("a rehearsal sends a request of the same size over a connection, as a message does", () =>
    Effect.gen(function* () {
      const sent = yield* requests
      yield* Effect.gen(function* () {
        const sms = yield* Sms
        for (const act of [sms.send, sms.rehearse]) yield* act(message)
      }).pipe(Effect.provide(withAccount))
      assert.lengthOf(sent, 2)
      assert.deepStrictEqual(sent[1], sent[0])
      assert.include(sent[1]?.headers ?? [], "authorization")
      assert.lengthOf(twilio.messages(), 1)
    }).pipe(Effect.scoped)
  )

  it.live("messages come from the configured number", () =>
    Effect.gen(function* () {
      yield* send()
      assert.deepStrictEqual(
        twilio.messages().map((sent) => sent.from),
        [from]
      )
    }).pipe(Effect.provide(withKey))
  )

  it.live("429 is throttled, 500 of Twilio's own unavailable, and both are tried once", () =>
    Effect.gen(function* () {
      twilio.inject(tooManyRequests)
      assert.deepStrictEqual(outcome(yield* Effect.flip(send())), {
        reason: "throttled",
        mayBeSent: false
      })
      twilio.inject(internalError)
      assert.deepStrictEqual(outcome(yield* Effect.flip(send())), {
        reason: "unavailable",
        mayBeSent: false
      })
      yield* send()
      assert.lengthOf(twilio.messages(), 1)
    }).pipe(Effect.provide(withKey))
  )

  it.live("Twilio's Retry-After is in the error", () =>
    Effect.gen(function* () {
      for (const [retryAfter, seconds] of [
        ["17", 17],
        ["0", 0],
        ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
        ["soon", undefined],
        ["1.5", undefined]
      ] as const) {
        twilio.inject({ ...tooManyRequests, retryAfter })
        const { reason, retryAfterSeconds } = yield* Effect.flip(send())
        assert.deepStrictEqual([reason, retryAfterSeconds], ["throttled", seconds])
      }
      twilio.inject(tooManyRequests)
      assert.isUndefined((yield* Effect.flip(send())).retryAfterSeconds)
    }).pipe(Effect.provide(withKey))
  )

  it.effect("a Retry-After with a date is too", () =>
    Effect.gen(function* () {
      const sms = yield* Sms
      yield* TestClock.setTime(Date.UTC(2026, 0, 31, 12, 0, 0))
      twilio.inject({ status: 503, code: 20503, retryAfter: "Sat, 31 Jan 2026 12:01:30 GMT" })
      const failure = yield* Effect.flip(sms.send(message))
      assert.strictEqual(failure.retryAfterSeconds, 90)
    }).pipe(Effect.provide(withKey))
  )

  it.live("a message that is accepted and fails immediately is classified by its code", () =>
    Effect.gen(function* () {
      for (const [failsWith, reason] of [
        [30002, "denied"],
        [30005, "rejected"],
        [30450, "rejected"],
        [30001, "throttled"],
        [30008, "unavailable"],
        [39999, "denied"]
      ] as const) {
        twilio.inject({ failsWith })
        assert.deepStrictEqual(outcome(yield* Effect.flip(send())), { reason, mayBeSent: false })
        twilio.inject({ failsWith })
        const words = yield* spoken(send())
        assert.include(words, String(failsWith))
        assert.notInclude(words, message.to)
      }
    }).pipe(Effect.provide(withKey))
  )

  it.live("a region that the account may not send to is denied", () =>
    Effect.gen(function* () {
      const elsewhere = yield* Effect.acquireRelease(
        Effect.promise(() => startTwilio({ regions: ["+44"] })),
        (stub) => Effect.promise(stub.stop)
      )
      const { accountSid, authToken, baseUrl } = elsewhere
      const options = { accountSid, authToken: Redacted.make(authToken), from, baseUrl }
      const failure = yield* Effect.flip(send()).pipe(Effect.provide(layer(options)))
      assert.deepStrictEqual(outcome(failure), { reason: "denied", mayBeSent: false })
    })
  )

  it.live("an invalid number is rejected", () =>
    Effect.gen(function* () {
      for (const to of ["12345", "", "+49 151"])
        assert.deepStrictEqual(outcome(yield* Effect.flip(send(to))), {
          reason: "rejected",
          mayBeSent: false
        })
    }).pipe(Effect.provide(withKey))
  )

  it.live("a wrong secret is denied, and not in the error", () =>
    Effect.gen(function* () {
      const { accountSid, apiKeySid, baseUrl } = twilio
      const secret = "CANARY-secret"
      const wrong = layer({
        accountSid,
        apiKeySid,
        authToken: Redacted.make(secret),
        from,
        baseUrl
      })
      assert.deepStrictEqual(outcome(yield* Effect.flip(send().pipe(Effect.provide(wrong)))), {
        reason: "denied",
        mayBeSent: false
      })
      const words = yield* spoken(send().pipe(Effect.provide(wrong)))
      assert.include(words, "20003")
      for (const canary of ["CANARY", btoa(`${apiKeySid}:${secret}`), message.to])
        assert.notInclude(words, canary)
    })
  )
})

describe("TWILIO_BASE_URL", () => {
  it.live("is where messages go, under its path", () =>
    Effect.gen(function* () {
      const asked: Array<string | undefined> = []
      const baseUrl = yield* misbehaving((request, response) => {
        asked.push(request.url)
        response.writeHead(201).end('{"sid":"SM1","error_code":null}')
      })
      const accountSid = `AC${"0".repeat(32)}`
      for (const path of ["", "/", "/twilio", "/twilio/"]) {
        const config = yield* devConfig.pipe(
          Effect.provide(
            ConfigProvider.layer(
              ConfigProvider.fromEnvRecord({
                TWILIO_ACCOUNT_SID: accountSid,
                TWILIO_PHONE_NUMBER: from,
                TWILIO_AUTH_TOKEN: "token",
                TWILIO_BASE_URL: `${baseUrl}${path}`
              })
            )
          )
        )
        yield* send().pipe(Effect.provide(live.sms(config)))
      }
      const resource = `/2010-04-01/Accounts/${accountSid}/Messages.json`
      const under = `/twilio${resource}`
      assert.deepStrictEqual(asked, [resource, resource, under, under])
    })
  )

  it.live("alone configures no provider", () =>
    Effect.gen(function* () {
      const { twilio } = yield* devConfig.pipe(
        Effect.provide(
          ConfigProvider.layer(
            ConfigProvider.fromEnvRecord({ TWILIO_BASE_URL: "https://api.twilio.com" })
          )
        )
      )
      assert.isUndefined(twilio)
    })
  )
})

describe("Twilio that does not answer as it should", () => {
  const at = (baseUrl: string) =>
    layer({ accountSid: "AC1", authToken: Redacted.make("CANARY-token"), from, baseUrl })

  const failsAs = (
    baseUrl: string,
    expected: { readonly reason: SmsError["reason"]; readonly mayBeSent: boolean }
  ) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(outcome(yield* Effect.flip(send())), expected)
      const words = yield* spoken(send())
      assert.include(words, expected.reason)
      assert.notInclude(words, "CANARY")
      assert.notInclude(words, message.to)
    }).pipe(Effect.provide(at(baseUrl)))

  const answers = (status: number, body: unknown) =>
    misbehaving((_request, response) =>
      response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body))
    )
  const unknown = { reason: "unavailable", mayBeSent: true } as const

  it.effect("gets 7.5 s; then the request is aborted, and the message may have been sent", () =>
    Effect.gen(function* () {
      const came = yield* Deferred.make<void>()
      const ended = yield* Deferred.make<void>()
      const baseUrl = yield* misbehaving((request) => {
        request.socket.once("close", () => Deferred.doneUnsafe(ended, Effect.void))
        Deferred.doneUnsafe(came, Effect.void)
      })
      const sending = yield* Effect.forkChild(Effect.flip(send()).pipe(Effect.provide(at(baseUrl))))
      yield* Deferred.await(came)
      yield* TestClock.adjust("7499 millis")
      assert.isUndefined(sending.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(outcome(yield* Fiber.join(sending)), unknown)
      yield* Deferred.await(ended)
    })
  )

  it.live("refuses connections: nothing was sent", () =>
    Effect.gen(function* () {
      yield* failsAs(yield* nobodyListens, { reason: "unavailable", mayBeSent: false })
    })
  )

  it.live(
    "resets the connection, or stops in the middle of its response: it is unknown whether the message was sent",
    () =>
      Effect.gen(function* () {
        yield* failsAs(yield* misbehaving((request) => request.socket.resetAndDestroy()), unknown)
        const cut = misbehaving((_request, response) => {
          response
            .writeHead(201, { "content-length": 1000 })
            .write('{"sid":', () => response.destroy())
        })
        yield* failsAs(yield* cut, unknown)
      })
  )

  it.live(
    "is a page that answers 200 to everything, or a gateway that fails: it is unknown whether the message was sent",
    () =>
      Effect.gen(function* () {
        for (const [status, body] of [
          [200, "<html>Welcome</html>"],
          [201, "{}"],
          [201, { sid: "" }],
          [200, { code: 21211 }],
          [502, "<html>Bad gateway</html>"],
          [504, ""]
        ] as const)
          yield* failsAs(yield* answers(status, body), unknown)
      })
  )

  const refusals = [
    [400, 21610, "rejected"],
    [400, 21614, "rejected"],
    [400, 21408, "denied"],
    [400, 21606, "denied"],
    [400, 21611, "throttled"],
    [400, 99999, "denied"],
    [401, 20003, "denied"],
    [403, undefined, "denied"],
    [404, 20404, "denied"],
    [429, undefined, "throttled"],
    [503, 20503, "unavailable"]
  ] as const
  for (const [status, code, reason] of refusals)
    it.live(`${status} with code ${code} is "${reason}", and nothing was sent`, () =>
      Effect.gen(function* () {
        const body = { code, message: `CANARY ${message.to}`, status }
        yield* failsAs(yield* answers(status, body), { reason, mayBeSent: false })
      })
    )

  it.live("redirects: the credentials are not sent there", () =>
    Effect.gen(function* () {
      let visits = 0
      const elsewhere = yield* misbehaving((_request, response) => {
        visits += 1
        response.end()
      })
      const redirecting = yield* misbehaving((_request, response) =>
        response.writeHead(307, { location: elsewhere }).end()
      )
      yield* failsAs(redirecting, { reason: "denied", mayBeSent: false })
      assert.strictEqual(visits, 0)
    })
  )
})

describe("no SMS provider", () => {
  it.effect("is not available, and a call to send is a defect", () =>
    Effect.gen(function* () {
      const { available, serves } = yield* Sms
      assert.deepStrictEqual([available, serves(message.to)], [false, false])
      const exit = yield* Effect.exit(send())
      assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
    }).pipe(Effect.provide(NoSms.layer))
  )
})
