// `order-processing/layers/twilio`: codes by SMS through Twilio, and the layer for systems without SMS.
export * as NoSms from "../../layers/twilio/NoSms.ts"
export * as TwilioSms from "../../layers/twilio/TwilioSms.ts"
