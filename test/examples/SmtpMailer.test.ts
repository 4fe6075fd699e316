import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { layer, type SmtpTransport } from "../../examples/SmtpMailer.ts"
import { type Mail, Mailer } from "../../src/services/messaging/Mailer.ts"
import { Inbox, mailerContract, mailTo } from "../contract/mailer.ts"

const sender = "Orders <orders@example.com>"

/** A server that takes everything. */
const server = Layer.unwrap(
  Effect.sync(() => {
    const taken: Array<Mail> = []
    const transport: SmtpTransport = {
      sendMail: async ({ from, ...mail }) => {
        assert.strictEqual(from, sender)
        taken.push(mail)
      }
    }
    const mailsTo = (address: string) => Effect.sync(() => taken.filter(({ to }) => to === address))
    return Layer.merge(layer({ sender, transport }), Layer.succeed(Inbox, { mailsTo }))
  })
)

mailerContract("the example of a mailer", server)

describe("the example of a mailer", () => {
  it.effect.each([
    [{ responseCode: 550 }, "rejected", false],
    [{ responseCode: 451 }, "throttled", false],
    [{ responseCode: 535, code: "EAUTH" }, "denied", false],
    [{ code: "ECONNECTION" }, "unavailable", false],
    [{ code: "ESOCKET" }, "unavailable", true]
  ] as const)("says of %o that it is %s", ([error, reason, mayBeSent]) =>
    Effect.gen(function* () {
      const transport = { sendMail: () => Promise.reject(Object.assign(new Error("no"), error)) }
      const sending = Mailer.use((mailer) => mailer.send(mailTo("ada@example.com")))
      const failure = yield* Effect.flip(Effect.provide(sending, layer({ sender, transport })))
      assert.deepInclude({ ...failure }, { reason, mayBeSent })
    })
  )
})
