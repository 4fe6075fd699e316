// The meaning of a refusal by Twilio, as data: by Twilio's error code, otherwise by the HTTP status. The codes are
// those of https://www.twilio.com/docs/api/errors (read in November 2026) that a text from one number to another can
// meet; docs/reliability.md has the same table.
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
  [21268, "rejected"], // a premium or information service
  [21602, "rejected"], // no text
  [21604, "rejected"], // no recipient
  [21605, "rejected"], // longer than the old interface takes
  [21610, "rejected"], // the recipient has unsubscribed
  [21612, "rejected"], // no route from the sender to the recipient
  [21614, "rejected"], // not a mobile number
  [21617, "rejected"], // longer than 1600 characters
  [21618, "rejected"], // a text that cannot be sent
  [21619, "rejected"], // no text
  [21635, "rejected"], // a landline
  [30003, "rejected"], // the handset is off or out of reach: for longer than a code lives
  [30004, "rejected"], // the recipient or the carrier blocks it
  [30005, "rejected"], // the number is unknown or no longer in use
  [30006, "rejected"], // a landline, or a carrier that can't be reached
  [30007, "rejected"], // filtered as spam
  [30014, "rejected"], // attributes of the recipient are not valid
  [30019, "rejected"], // longer than the carrier takes
  [30036, "rejected"], // its validity period has passed
  [30039, "rejected"], // kept from going round in a loop
  [30450, "rejected"], // Twilio takes it for SMS pumping; another try prolongs the block
  [30453, "rejected"], // the same, for hours
  [14107, "throttled"], // too many messages between two numbers
  [20429, "throttled"], // too many concurrent requests; none of them was processed
  [21611, "throttled"], // the sender's queue is full
  [30001, "throttled"], // the queue is full
  [30022, "throttled"], // the rate of the A2P 10DLC campaign
  [30023, "throttled"], // its daily limit
  [30027, "throttled"], // its daily limit at T-Mobile
  [63038, "throttled"], // the account's daily limit
  [10001, "denied"], // the account is not active
  [10002, "denied"], // not on a trial account
  [20003, "denied"], // wrong credentials
  [20005, "denied"], // the account is not active
  [20006, "denied"], // no access
  [20008, "denied"], // test credentials
  [20403, "denied"], // forbidden
  [20404, "denied"], // no such account
  [21212, "denied"], // the sender is not a phone number
  [21264, "denied"], // the sender is not verified
  [21267, "denied"], // no alphanumeric sender on a trial account
  [21401, "denied"], // the sender is not a phone number
  [21407, "denied"], // the kind of number has no SMS
  [21408, "denied"], // the account's geo permissions leave that region out
  [21470, "denied"], // the account SID is not valid
  [21471, "denied"], // no such account
  [21472, "denied"], // the account is not active
  [21601, "denied"], // the sender has no SMS
  [21603, "denied"], // no sender
  [21606, "denied"], // the sender cannot send SMS
  [21607, "denied"], // a trial account has one sender
  [21608, "denied"], // a trial account, and the recipient is not verified
  [21613, "denied"], // the sender needs a certification
  [21616, "denied"], // the sender matches several numbers
  [21657, "denied"], // the sender ID is not valid
  [21659, "denied"], // the sender is not a number of Twilio's
  [21660, "denied"], // the sender is a number of another account
  [21661, "denied"], // the sender has no SMS
  [21662, "denied"], // not from this sender in the region of Ireland
  [21663, "denied"], // the routing of the sender is wrong
  [21668, "denied"], // not this kind of number in the region of Ireland
  [21729, "denied"], // the campaign is suspended
  [21731, "denied"], // the brand is suspended
  [21910, "denied"], // the sender is of another channel
  [30002, "denied"], // the account is suspended
  [30024, "denied"], // the carrier does not know the sender
  [30032, "denied"], // the toll-free sender is not verified
  [30033, "denied"], // the campaign is suspended
  [30034, "denied"], // the sender is not registered for A2P 10DLC
  [30035, "denied"], // the sender is still being set up
  [30037, "denied"], // the account may not send
  [30038, "denied"], // the account may not send codes
  [30040, "denied"], // the carrier wants the sender registered
  [30041, "denied"], // the country wants the sender registered
  [30042, "denied"], // the sender ID is generic or of others
  [30043, "denied"], // international traffic by a domestic gateway
  [30044, "denied"], // longer than a trial account may send
  [30112, "denied"], // no such account
  [20500, "unavailable"], // a failure of Twilio
  [20503, "unavailable"], // away
  [21730, "unavailable"], // maintenance
  [30008, "unavailable"], // the carrier does not say why
  [30017, "unavailable"], // the carrier is overloaded
  [30020, "unavailable"], // a failure of Twilio
  [30021, "unavailable"] // a failure of Twilio
])

/**
 * `code` is Twilio's, none where the answer is not in Twilio's form: a 2xx or 5xx then comes from
 * something in between, so what Twilio did is unknown. An unknown refusal is not permanent.
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
