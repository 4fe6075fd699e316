import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import { layer } from "../../../src/layers/memory/MemoryMailbox.ts"
import { Mailbox } from "../../../src/services/messaging/Mailbox.ts"
import { Mailer } from "../../../src/services/messaging/Mailer.ts"
import { Sms } from "../../../src/services/messaging/Sms.ts"
import { Inbox, mailerContract, mailTo } from "../../contract/mailer.ts"
import { Phones, smsContract } from "../../contract/sms.ts"

const inbox = Layer.effect(
  Inbox,
  Effect.map(Mailbox, ({ list }) => ({
    mailsTo: (address) =>
      Effect.map(list, (messages) =>
        messages
          .filter((message) => message.to === address)
          .map(({ to, replyTo, subject, text, html }) => ({
            to,
            ...(replyTo === undefined ? {} : { replyTo }),
            subject,
            text,
            html
          }))
      )
  }))
)
mailerContract("Mailer in memory", inbox.pipe(Layer.provideMerge(layer)))

const phones = Layer.effect(
  Phones,
  Effect.map(Mailbox, ({ list }) => ({
    received: Effect.map(list, (messages) =>
      messages.toReversed().map(({ to, text }) => ({ to, text }))
    )
  }))
)
smsContract("Sms in memory", phones.pipe(Layer.provideMerge(layer)))

describe("the mailbox in memory", () => {
  it.effect("shows mails and SMS of one process, newest first, with their time", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1000)
      yield* (yield* Mailer).send(mailTo("a@example.com"))
      yield* TestClock.setTime(2000)
      yield* (yield* Sms).send({ to: "+491511", text: "Code" })
      assert.deepStrictEqual(yield* (yield* Mailbox).list, [
        {
          id: 2,
          to: "+491511",
          channel: "sms",
          subject: "",
          text: "Code",
          html: "",
          at: new Date(2000)
        },
        { id: 1, ...mailTo("a@example.com"), channel: "email", at: new Date(1000) }
      ])
    }).pipe(Effect.provide(layer))
  )

  it.effect("keeps the newest thousand", () =>
    Effect.gen(function* () {
      const mailer = yield* Mailer
      for (let n = 0; n < 1005; n++)
        yield* mailer.send({ ...mailTo("a@example.com"), subject: `Mail ${n}` })
      const messages = yield* (yield* Mailbox).list
      assert.lengthOf(messages, 1000)
      assert.strictEqual(messages.at(0)?.subject, "Mail 1004")
      assert.strictEqual(messages.at(-1)?.subject, "Mail 5")
      const { find } = yield* Mailbox
      assert.deepStrictEqual(yield* find(6), Option.fromUndefinedOr(messages.at(-1)))
      for (const id of [0, 5, 1006, Number.NaN]) assert.isTrue(Option.isNone(yield* find(id)))
    }).pipe(Effect.provide(layer))
  )

  it.effect("does not change during a read", () =>
    Effect.gen(function* () {
      const mailer = yield* Mailer
      yield* mailer.send(mailTo("a@example.com"))
      const before = yield* (yield* Mailbox).list
      yield* mailer.send(mailTo("b@example.com"))
      assert.lengthOf(before, 1)
    }).pipe(Effect.provide(layer))
  )
})
