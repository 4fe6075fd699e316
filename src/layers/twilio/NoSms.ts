// Sms without a provider: callers check `available` first, so a call to send is a bug.
import { Effect, Layer } from "effect"
import { Sms } from "../../services/messaging/Sms.ts"

export const layer: Layer.Layer<Sms> = Layer.succeed(Sms, {
  available: false,
  serves: () => false,
  send: () => Effect.die(new Error("an SMS was sent without a channel")),
  rehearse: () => Effect.die(new Error("an SMS was rehearsed without a channel"))
})
