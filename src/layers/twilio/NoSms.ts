// The absence of an SMS channel: callers ask `available` first, so that sending is a bug.
import { Effect, Layer } from "effect"
import { Sms } from "../../services/messaging/Sms.ts"

export const layer: Layer.Layer<Sms> = Layer.succeed(Sms, {
  available: false,
  serves: () => false,
  send: () => Effect.die(new Error("an SMS was sent without a channel")),
  rehearse: () => Effect.die(new Error("an SMS was rehearsed without a channel"))
})
