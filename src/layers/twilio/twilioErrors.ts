// What a refusal of Twilio means, as data: by Twilio's error code, else by the HTTP status.
// The codes: https://www.twilio.com/docs/api/errors; docs/reliability.md has the same table.
import { Option } from "effect"
import type { SmsError } from "../../services/messaging/Sms.ts"

export interface TwilioFailure {
  readonly reason: SmsError["reason"]
  readonly mayBeSent: boolean
}

/** Codes of 30000 and above concern a message that was taken and then failed. */
const reasonsByCode: ReadonlyMap<number, TwilioFailure["reason"]> = new Map([
  [21211, "rejected"], // not a phone number
  [21214, "rejected"], // cannot be reached
  [21265, "rejected"], // a short code
  [21266, "rejected"], // recipient and sender are one number
  [21604, "rejected"], // no recipient
  [21610, "rejected"], // the recipient has unsubscribed
  [21612, "rejected"], // no route from the sender to the recipient
  [21614, "rejected"], // not a mobile number
  [21617, "rejected"], // longer than 1600 characters
  [30003, "rejected"], // the handset is off or out of reach: for longer than a code lives
  [30004, "rejected"], // the recipient or the carrier blocks it
  [30005, "rejected"], // the number is unknown or no longer in use
  [30006, "rejected"], // a landline, or a carrier that can't be reached
  [30007, "rejected"], // filtered as spam
  [30450, "rejected"], // Twilio takes it for SMS pumping; another try prolongs the block
  [30453, "rejected"], // the same, for hours
  [14107, "throttled"], // too many messages between two numbers
  [20429, "throttled"], // too many requests at once; none of them was processed
  [21611, "throttled"], // the sender's queue is full
  [30001, "throttled"], // the queue is full
  [63038, "throttled"], // the account's daily limit
  [10001, "denied"], // the account is not active
  [20003, "denied"], // wrong credentials
  [20005, "denied"], // the account is not active
  [20404, "denied"], // no such account
  [21212, "denied"], // the sender is not a phone number
  [21408, "denied"], // the account's geo permissions leave that region out
  [21603, "denied"], // no sender
  [21606, "denied"], // the sender cannot send SMS
  [21608, "denied"], // a trial account, and the recipient is not verified
  [21659, "denied"], // the sender is not a number of Twilio's
  [21660, "denied"], // the sender is a number of another account
  [30002, "denied"], // the account is suspended
  [30032, "denied"], // the toll-free sender is not verified
  [30034, "denied"], // the sender is not registered for A2P 10DLC
  [21730, "unavailable"], // maintenance
  [30008, "unavailable"] // the carrier does not say why
])

/**
 * `code` is Twilio's, none where the answer is not in Twilio's form: a 2xx or 5xx then comes from
 * something in between, and nobody knows what Twilio did. An unknown refusal is not one for good.
 */
export const classifyTwilioAnswer = (
  status: number,
  code: Option.Option<number>
): TwilioFailure => {
  const reason = Option.isNone(code) ? undefined : reasonsByCode.get(code.value)
  if (reason !== undefined) return { reason, mayBeSent: false }
  if (status === 429) return { reason: "throttled", mayBeSent: false }
  if (status >= 500) return { reason: "unavailable", mayBeSent: Option.isNone(code) }
  if (status >= 300 || Option.isSome(code)) return { reason: "denied", mayBeSent: false }
  return { reason: "unavailable", mayBeSent: true }
}
