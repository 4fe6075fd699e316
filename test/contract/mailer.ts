// What every Mailer owes: mails arrive as they were written, and no mail can forge a header.
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, type Layer } from "effect"
import { type Mail, Mailer } from "../../src/services/messaging/Mailer.ts"

/** What arrived, as the recipient sees it. */
export class Inbox extends Context.Service<
  Inbox,
  { readonly mailsTo: (address: string) => Effect.Effect<ReadonlyArray<Mail>> }
>()("test/contract/Inbox") {}

/** A recipient that no other test has. */
export const freshAddress = (): string => `${crypto.randomUUID()}@example.com`

export const mailTo = (to: string): Mail => ({
  to,
  subject: "Your order",
  text: "Thank you.",
  html: "<p>Thank you.</p>"
})

export const mailerContract = (name: string, layer: Layer.Layer<Mailer | Inbox>) =>
  describe(name, () => {
    it.live("has replies go to the sender when no other address is set", () =>
      Effect.gen(function* () {
        const mail = mailTo(freshAddress())
        yield* (yield* Mailer).send(mail)
        assert.deepStrictEqual(yield* (yield* Inbox).mailsTo(mail.to), [mail])
      }).pipe(Effect.provide(layer))
    )

    it.live("delivers recipient, subject, both bodies and the reply address, in any script", () =>
      Effect.gen(function* () {
        const mail = {
          to: freshAddress(),
          replyTo: "help@shop.example.com",
          subject: "Größe ✓ 注文 🎉",
          text: "Zeile 1\nZeile 2: 1 234,50 € – ありがとう",
          html: '<p class="a&b">Привет &amp; ありがとう 🎉</p>'
        }
        yield* (yield* Mailer).send(mail)
        assert.deepStrictEqual(yield* (yield* Inbox).mailsTo(mail.to), [mail])
      }).pipe(Effect.provide(layer))
    )

    it.live("delivers concurrent mails", () =>
      Effect.gen(function* () {
        const mailer = yield* Mailer
        const to = freshAddress()
        const subjects = Array.from({ length: 20 }, (_, n) => `Mail ${n}`)
        yield* Effect.forEach(subjects, (subject) => mailer.send({ ...mailTo(to), subject }), {
          concurrency: "unbounded"
        })
        const arrived = yield* (yield* Inbox).mailsTo(to)
        assert.sameMembers(
          arrived.map((mail) => mail.subject),
          subjects
        )
      }).pipe(Effect.provide(layer))
    )

    it.live("rehearses a mail, and sends none", () =>
      Effect.gen(function* () {
        const to = freshAddress()
        yield* (yield* Mailer).rehearse(mailTo(to))
        assert.deepStrictEqual(yield* (yield* Inbox).mailsTo(to), [])
      }).pipe(Effect.provide(layer))
    )

    const victim = freshAddress()
    const forgeries: ReadonlyArray<readonly [string, Partial<Mail>]> = [
      ["a line break in the subject", { subject: `Hello\r\nBcc: ${victim}` }],
      ["a lone line feed in the subject", { subject: `Hello\nBcc: ${victim}` }],
      ["a null in the subject", { subject: "Hello\0" }],
      ["a line separator in the subject", { subject: "Hello\u{2028}there" }],
      ["a line break in the recipient", { to: `a@example.com\r\nBcc: ${victim}` }],
      ["a list of recipients", { to: `a@example.com, ${victim}` }],
      ["a display name", { to: `Somebody <${victim}>` }],
      ["an empty recipient", { to: "" }],
      ["a line break in who gets the answers", { replyTo: `a@example.com\r\nBcc: ${victim}` }],
      ["a list of who gets the answers", { replyTo: `a@example.com, ${victim}` }]
    ]
    for (const [what, forgery] of forgeries) {
      it.live(`rejects ${what} and sends nothing`, () =>
        Effect.gen(function* () {
          const mailer = yield* Mailer
          for (const act of [mailer.send, mailer.rehearse]) {
            const error = yield* Effect.flip(act({ ...mailTo(victim), ...forgery }))
            assert.deepInclude({ ...error }, { reason: "rejected", mayBeSent: false })
          }
          assert.deepStrictEqual(yield* (yield* Inbox).mailsTo(victim), [])
        }).pipe(Effect.provide(layer))
      )
    }
  })
