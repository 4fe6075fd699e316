// Sms to some countries only, over any other Sms: an attacker who makes a service send messages
// to numbers of their choice earns on each of them (SMS pumping), mostly in countries where it has no customers.
import { Effect, Layer } from "effect"
import { isAmong } from "../../services/messaging/phoneNumber.ts"
import { Sms, SmsError } from "../../services/messaging/Sms.ts"

export interface RestrictedSmsOptions {
  /** Beginnings of the numbers that are served, such as `+44`; none: every number. */
  readonly countryCodes: ReadonlyArray<string>
}

export const layer = ({ countryCodes }: RestrictedSmsOptions): Layer.Layer<Sms, never, Sms> =>
  Layer.effect(
    Sms,
    Effect.map(Sms, (sms) => ({
      available: sms.available,
      serves: (to) => isAmong(countryCodes, to) && sms.serves(to),
      send: (message) =>
        isAmong(countryCodes, message.to)
          ? sms.send(message)
          : new SmsError({
              reason: "rejected",
              mayBeSent: false,
              cause: new Error("the number's country is not among SMS_COUNTRY_CODES")
            }),
      rehearse: sms.rehearse
    }))
  )
