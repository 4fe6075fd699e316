// What every Sms channel owes: a message arrives as it was written, wherever the channel says it serves.
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, type Layer } from "effect"
import { Sms } from "../../src/services/messaging/Sms.ts"

export interface ShortMessage {
  readonly to: string
  readonly text: string
}

/** What arrived at any number, oldest first. */
export class Phones extends Context.Service<
  Phones,
  { readonly received: Effect.Effect<ReadonlyArray<ShortMessage>> }
>()("test/contract/Phones") {}

export const smsContract = (name: string, layer: Layer.Layer<Sms | Phones>) =>
  describe(name, () => {
    it.live("is available and delivers recipient and text, in any script", () =>
      Effect.gen(function* () {
        const sms = yield* Sms
        assert.isTrue(sms.available)
        const messages = [
          { to: "+4915112345678", text: "Dein Code: 123456 & mehr = ✓" },
          { to: "+81312345678", text: "コード: 654321\n+1%20" }
        ]
        for (const { to } of messages) assert.isTrue(sms.serves(to))
        for (const message of messages) yield* sms.send(message)
        // Leaves nothing behind.
        yield* sms.rehearse({ to: "nobody", text: "Code" })
        assert.deepStrictEqual(yield* (yield* Phones).received, messages)
      }).pipe(Effect.provide(layer))
    )
  })
