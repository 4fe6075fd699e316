import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as MemoryMailbox from "../../../src/layers/memory/MemoryMailbox.ts"
import * as RestrictedSms from "../../../src/layers/runtime/RestrictedSms.ts"
import * as NoSms from "../../../src/layers/twilio/NoSms.ts"
import { Mailbox } from "../../../src/services/messaging/Mailbox.ts"
import { Sms } from "../../../src/services/messaging/Sms.ts"
import { Phones, smsContract } from "../../contract/sms.ts"

const to = (countryCodes: ReadonlyArray<string>) =>
  RestrictedSms.layer({ countryCodes }).pipe(Layer.provideMerge(MemoryMailbox.layer))

const phones = Layer.effect(
  Phones,
  Effect.map(Mailbox, ({ list }) => ({
    received: Effect.map(list, (messages) =>
      messages.toReversed().map((message) => ({ to: message.to, text: message.text }))
    )
  }))
)

smsContract("Sms to every country", phones.pipe(Layer.provideMerge(to([]))))
smsContract(
  "Sms to the countries of the messages",
  phones.pipe(Layer.provideMerge(to(["+49", "+81"])))
)

describe("Sms to some countries", () => {
  it.effect("sends only to numbers that begin with one of the codes", () =>
    Effect.gen(function* () {
      const { available, serves } = yield* Sms
      assert.isTrue(available)
      for (const number of ["+14155550123", "+447700900123", "+4915112345678"])
        assert.isTrue(serves(number), number)
      for (const number of ["+8821312345678", "+34612345678", "+4315112345678", "14155550123"])
        assert.isFalse(serves(number), number)
    }).pipe(Effect.provide(to(["+1", "+44", "+49"])))
  )

  it.effect("refuses other numbers, without the number in the error", () =>
    Effect.gen(function* () {
      const sms = yield* Sms
      const failure = yield* Effect.flip(sms.send({ to: "+34612345678", text: "Code" }))
      assert.deepStrictEqual([failure.reason, failure.mayBeSent], ["rejected", false])
      assert.notInclude(String(failure.cause), "34612345678")
      assert.deepStrictEqual(yield* (yield* Mailbox).list, [])
    }).pipe(Effect.provide(to(["+49"])))
  )

  it.effect("refuses every number without an SMS provider", () =>
    Effect.gen(function* () {
      const { available, serves } = yield* Sms
      assert.deepStrictEqual([available, serves("+4915112345678")], [false, false])
    }).pipe(
      Effect.provide(
        RestrictedSms.layer({ countryCodes: ["+49"] }).pipe(Layer.provide(NoSms.layer))
      )
    )
  )
})
