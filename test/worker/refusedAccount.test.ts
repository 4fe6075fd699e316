// The worker on SES's adapter while SES refuses the account: orders wait, the log says why, and the mails go out
// once the account is in order.
import { text } from "node:stream/consumers"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Schedule } from "effect"
import * as SesClient from "../../src/layers/aws/SesClient.ts"
import * as SesMailer from "../../src/layers/aws/SesMailer.ts"
import { OrderId } from "../../src/services/ids.ts"
import { worker } from "../../src/worker/Worker.ts"
import { misbehaving } from "../misbehaving.ts"
import { spoken } from "../spoken.ts"
import { options, placed, stateOf, system } from "./world.ts"

const a = OrderId.make("a")
const b = OrderId.make("b")

const refusals = [
  [
    "a paused account",
    "Sending paused for this account. For more information, please check the inbox of the email address associated with your AWS account."
  ],
  [
    "an account in the sandbox",
    "Email address is not verified. The following identities failed the check in region US-EAST-1: ada@example.com"
  ]
] as const

/** Refuses mails with the message that `now` gives, else takes them. */
const sesThat = (now: () => string | undefined) =>
  misbehaving(async (request, response) => {
    await text(request)
    const message = now()
    if (message === undefined)
      return response.end(
        "<SendEmailResponse><SendEmailResult><MessageId>1</MessageId></SendEmailResult></SendEmailResponse>"
      )
    return response
      .writeHead(400)
      .end(
        `<ErrorResponse><Error><Type>Sender</Type><Code>MessageRejected</Code><Message>${message}</Message></Error></ErrorResponse>`
      )
  })

const mailerAt = (endpoint: string) =>
  SesMailer.layer({ sender: "orders@example.com" }).pipe(
    Layer.provide(
      SesClient.layer({
        region: "us-east-1",
        endpoint,
        credentials: { accessKeyId: "AK", secretAccessKey: Redacted.make("secret") }
      })
    )
  )

/** Until the order is in this state. */
const reaches = (id: OrderId, state: string) =>
  Effect.repeat(stateOf(id), {
    until: (found) => found === state,
    schedule: Schedule.spaced("50 millis")
  })

describe("orders wait, and the log has the reason, for", () => {
  for (const [what, message] of refusals)
    it.live(what, () =>
      Effect.gen(function* () {
        let refused = 0
        let refusal: string | undefined = message
        const endpoint = yield* sesThat(() => {
          if (refusal !== undefined) refused += 1
          return refusal
        })
        const words = yield* spoken(
          Effect.gen(function* () {
            yield* placed(a, b)
            yield* Layer.build(worker(options))
            yield* Effect.repeat(
              Effect.sync(() => refused),
              { until: (times) => times >= 3, schedule: Schedule.spaced("50 millis") }
            )
            yield* Effect.forEach([a, b], (id) => reaches(id, "confirmed/waiting"))
            refusal = undefined
            yield* Effect.forEach([a, b], (id) => reaches(id, "confirmed/sent"))
          }).pipe(
            Effect.scoped,
            Effect.provide(mailerAt(endpoint).pipe(Layer.provideMerge(Layer.fresh(system))))
          )
        )
        assert.include(words, message.slice(0, 25))
        assert.include(words, "mails cannot be sent: they wait")
        assert.notInclude(words, "ada@example.com")
      })
    )
})
