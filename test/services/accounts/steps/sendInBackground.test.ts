import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { sendInBackground } from "../../../../src/services/accounts/steps/sendInBackground.ts"
import { MailerError } from "../../../../src/services/messaging/Mailer.ts"
import { Background } from "../../../../src/services/runtime/Background.ts"
import { spoken } from "../../../spoken.ts"

const atOnce = Layer.succeed(Background, { run: (work) => work })

const logOf = (reason: MailerError["reason"], cause: unknown) =>
  spoken(
    sendInBackground(new MailerError({ reason, mayBeSent: false, cause }), { account: "a" })
  ).pipe(Effect.provide(atOnce))

describe("a message that is given up", () => {
  it.effect("is logged with the reason when an operator has to act", () =>
    Effect.gen(function* () {
      const words = yield* logOf("denied", new Error("SES: MessageRejected, Sending paused"))
      assert.include(words, "could not be sent")
      assert.include(words, "Sending paused")
    })
  )

  it.effect("is logged with only the kind of error otherwise", () =>
    Effect.gen(function* () {
      const words = yield* logOf("rejected", new Error("CANARY"))
      assert.include(words, "rejected")
      assert.notInclude(words, "CANARY")
    })
  )
})
