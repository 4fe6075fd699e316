// Mail and SMS: SES and Twilio, or the embedded mailbox.
import { Layer, type Redacted } from "effect"
import type { AwsAccess } from "../layers/aws/AwsAccess.ts"
import * as SesClient from "../layers/aws/SesClient.ts"
import * as SesMailer from "../layers/aws/SesMailer.ts"
import * as MemoryMailbox from "../layers/memory/MemoryMailbox.ts"
import * as RestrictedSms from "../layers/runtime/RestrictedSms.ts"
import * as NoSms from "../layers/twilio/NoSms.ts"
import * as TwilioSms from "../layers/twilio/TwilioSms.ts"
import { check, SesCheck } from "./checks.ts"

export const ses = (client: AwsAccess, sender: string) =>
  Layer.merge(
    SesMailer.layer({ sender }),
    check(
      SesCheck,
      SesClient.SesClient.use(({ problem }) => problem)
    )
  ).pipe(Layer.provide(SesClient.layer(client)))

export interface Twilio {
  readonly accountSid: string
  readonly apiKeySid: string | undefined
  readonly authToken: Redacted.Redacted
  readonly from: string
}

/** Without an account there is no SMS, and the endpoints say so. */
export const sms = (twilio: Twilio | undefined) =>
  twilio === undefined ? NoSms.layer : TwilioSms.layer(twilio)

/** Lets the Sms below reach some countries only. */
export const restrictedSms = RestrictedSms.layer

/** Mailer, Sms and the Mailbox to read them in. */
export const mailbox = MemoryMailbox.layer
