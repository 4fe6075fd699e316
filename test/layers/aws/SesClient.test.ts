import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Option, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { layer, SesClient } from "../../../src/layers/aws/SesClient.ts"
import { misbehaving, nobodyListens } from "../../misbehaving.ts"
import { spoken } from "../../spoken.ts"
import { describeWith } from "../../suite.ts"

const clientAt = (endpoint: string) =>
  layer({
    region: "us-east-1",
    endpoint,
    credentials: { accessKeyId: "AKCANARY", secretAccessKey: Redacted.make("CANARY-secret") }
  })

const problem = Effect.flatMap(SesClient, (ses) => ses.problem)

const quota = (max: number, sent: number) =>
  `<GetSendQuotaResponse><GetSendQuotaResult><Max24HourSend>${max}.0</Max24HourSend>` +
  `<SentLast24Hours>${sent}.0</SentLast24Hours><MaxSendRate>14.0</MaxSendRate>` +
  "</GetSendQuotaResult></GetSendQuotaResponse>"
const refusal = (code: string) =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>CANARY</Message></Error></ErrorResponse>`

/** Answers in turn, the last one for good; counts. */
const answering = (...answers: ReadonlyArray<readonly [number, string]>) =>
  Effect.gen(function* () {
    const asked = { times: 0 }
    const endpoint = yield* misbehaving((_request, response) => {
      const [status, body] = answers[Math.min(asked.times, answers.length - 1)] ?? [500, ""]
      asked.times += 1
      response.writeHead(status, { "content-type": "text/xml" }).end(body)
    })
    return { endpoint, asked }
  })

describe("the readiness of SES", () => {
  it.effect("is checked once in 30 s while there is no problem", () =>
    Effect.gen(function* () {
      const { endpoint, asked } = yield* answering([200, quota(200, 10)])
      yield* Effect.gen(function* () {
        assert.deepStrictEqual(yield* problem, Option.none())
        yield* TestClock.adjust("29 seconds")
        assert.deepStrictEqual(yield* problem, Option.none())
        assert.strictEqual(asked.times, 1)
        yield* TestClock.adjust("1 seconds")
        assert.deepStrictEqual(yield* problem, Option.none())
        assert.strictEqual(asked.times, 2)
      }).pipe(Effect.provide(clientAt(endpoint)))
    })
  )

  it.effect("is checked again 5 s after a problem", () =>
    Effect.gen(function* () {
      const { endpoint, asked } = yield* answering([503, ""], [200, quota(200, 10)])
      yield* Effect.gen(function* () {
        assert.deepStrictEqual(yield* problem, Option.some("SES: Unknown, HTTP 503"))
        yield* TestClock.adjust("4 seconds")
        assert.isTrue(Option.isSome(yield* problem))
        assert.strictEqual(asked.times, 1)
        yield* TestClock.adjust("1 seconds")
        assert.deepStrictEqual(yield* problem, Option.none())
      }).pipe(Effect.provide(clientAt(endpoint)))
    })
  )

  const answers: ReadonlyArray<readonly [string, readonly [number, string], string?]> = [
    ["no quota left", [200, quota(200, 200)], "SES's quota of 200 mails in 24 hours is used up"],
    ["a quota without end", [200, quota(-1, 5)]],
    [
      "wrong credentials",
      [403, refusal("InvalidClientTokenId")],
      "SES: InvalidClientTokenId, HTTP 403"
    ],
    ["no right to read the quota", [403, refusal("AccessDenied")]],
    ["an SES that knows no quotas", [400, refusal("InvalidAction")]],
    ["too many questions", [400, refusal("Throttling")]],
    ["a failure", [500, refusal("InternalFailure")], "SES: InternalFailure, HTTP 500"]
  ]
  for (const [what, answer, expected] of answers)
    it.effect(`${what}: ${expected ?? "no problem"}`, () =>
      Effect.gen(function* () {
        const { endpoint } = yield* answering(answer)
        const asking = problem.pipe(Effect.provide(clientAt(endpoint)))
        assert.deepStrictEqual(yield* asking, Option.fromUndefinedOr(expected))
        const words = yield* spoken(
          Effect.flatMap(asking, (found) => Effect.log(Option.getOrElse(found, () => "no problem")))
        )
        assert.include(words, expected ?? "no problem")
        assert.notInclude(words, "CANARY")
      })
    )

  it.effect("no server listens", () =>
    Effect.gen(function* () {
      const endpoint = yield* nobodyListens
      const found = yield* problem.pipe(Effect.provide(clientAt(endpoint)))
      assert.deepStrictEqual(found, Option.some("SES: Error, ECONNREFUSED"))
    })
  )

  it.effect("no answer in 1.5 s", () =>
    Effect.gen(function* () {
      const came = yield* Deferred.make<void>()
      const endpoint = yield* misbehaving(() => Deferred.doneUnsafe(came, Effect.void))
      const asking = yield* Effect.forkChild(problem.pipe(Effect.provide(clientAt(endpoint))))
      yield* Deferred.await(came)
      yield* TestClock.adjust("1500 millis")
      assert.deepStrictEqual(yield* Fiber.join(asking), Option.some("SES did not answer in time"))
    })
  )
})

describeWith(["ses"], "the SES of the tests", ({ ses }) => {
  it.live("is ready", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* problem, Option.none())
    }).pipe(Effect.provide(clientAt(ses.endpoint)))
  )
})
