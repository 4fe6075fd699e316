// The meaning of a failed call to SES, as data: by the error's name, and by its message if the name has several
// meanings; otherwise by its HTTP status or by the failure of the connection. SES has no idempotency token, so every
// row says whether the mail may have been sent.
//
// Sources, read in November 2026:
// - SendEmail: https://docs.aws.amazon.com/ses/latest/APIReference/API_SendEmail.html
// - all actions: https://docs.aws.amazon.com/ses/latest/APIReference/CommonErrors.html
// - messages: https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html
// - quotas: https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html
// - a paused account as it was met: https://github.com/GoodDollar/GoodServer/issues/419
// - version 2 of the API, whose names some endpoints use:
//   https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html

import { Option } from "effect"
import type { MailerError } from "../../services/messaging/Mailer.ts"
import { neverSent } from "../network/neverSent.ts"

/** What the sender should do. */
export type SesVerdict =
  /** Never send to this address again, or never this mail. */
  | "address-never"
  /** Wait: SES takes no mail like this from the account until an operator or AWS changes that. */
  | "account-not-now"
  /** Wait: credentials, permissions or the request itself are wrong in this process. */
  | "process-not-allowed"
  /** Send fewer mails a second, or a day. */
  | "slow-down"
  /** Wait: SES failed. */
  | "away"

export interface SesFailure {
  readonly reason: MailerError["reason"]
  readonly mayBeSent: boolean
}

const reasons: Record<SesVerdict, SesFailure["reason"]> = {
  "address-never": "rejected",
  "account-not-now": "denied",
  "process-not-allowed": "denied",
  "slow-down": "throttled",
  away: "unavailable"
}

/** Names that SES and the SDK give their errors. SES itself spoke: it took no mail. */
const verdictsByName: ReadonlyMap<string, SesVerdict> = new Map([
  // SendEmail. A message of the next table may say that the account is meant.
  ["MessageRejected", "address-never"],
  ["InvalidParameterValue", "address-never"],
  ["RequestEntityTooLargeException", "address-never"],
  ["AccountSendingPaused", "account-not-now"],
  ["AccountSendingPausedException", "account-not-now"],
  ["ConfigurationSetDoesNotExist", "account-not-now"],
  ["ConfigurationSetDoesNotExistException", "account-not-now"],
  ["ConfigurationSetSendingPaused", "account-not-now"],
  ["ConfigurationSetSendingPausedException", "account-not-now"],
  ["MailFromDomainNotVerified", "account-not-now"],
  ["MailFromDomainNotVerifiedException", "account-not-now"],
  ["FromEmailAddressNotVerified", "account-not-now"],
  ["FromEmailAddressNotVerifiedException", "account-not-now"],
  ["ProductionAccessNotGranted", "account-not-now"],
  ["ProductionAccessNotGrantedException", "account-not-now"],
  // Version 2.
  ["AccountSuspendedException", "account-not-now"],
  ["SendingPausedException", "account-not-now"],
  ["NotFoundException", "account-not-now"],
  ["BadRequestException", "process-not-allowed"],
  // All actions of AWS, and the SDK.
  ["AccessDenied", "process-not-allowed"],
  ["AccessDeniedException", "process-not-allowed"],
  ["CredentialsProviderError", "process-not-allowed"],
  ["ExpiredToken", "process-not-allowed"],
  ["ExpiredTokenException", "process-not-allowed"],
  ["IncompleteSignature", "process-not-allowed"],
  ["InvalidAction", "process-not-allowed"],
  ["InvalidClientTokenId", "process-not-allowed"],
  ["InvalidParameterCombination", "process-not-allowed"],
  ["InvalidQueryParameter", "process-not-allowed"],
  ["InvalidSignatureException", "process-not-allowed"],
  ["MalformedHttpRequestException", "process-not-allowed"],
  ["MalformedQueryString", "process-not-allowed"],
  ["MissingAction", "process-not-allowed"],
  ["MissingAuthenticationToken", "process-not-allowed"],
  ["MissingParameter", "process-not-allowed"],
  ["NotAuthorized", "process-not-allowed"],
  ["OptInRequired", "account-not-now"],
  ["RequestExpired", "process-not-allowed"],
  ["SignatureDoesNotMatch", "process-not-allowed"],
  ["UnknownOperationException", "process-not-allowed"],
  ["UnrecognizedClientException", "process-not-allowed"],
  ["ValidationError", "process-not-allowed"],
  ["LimitExceededException", "slow-down"],
  ["RequestLimitExceeded", "slow-down"],
  ["RequestThrottled", "slow-down"],
  ["Throttling", "slow-down"],
  ["ThrottlingException", "slow-down"],
  ["TooManyRequestsException", "slow-down"],
  ["InternalFailure", "away"],
  ["InternalServerError", "away"],
  ["RequestAbortedException", "away"],
  ["RequestTimeout", "away"],
  ["RequestTimeoutException", "away"],
  ["ServiceUnavailable", "away"]
])

/**
 * Messages by which MessageRejected and InvalidParameterValue speak of the account, the first that fits. All
 * others speak of the mail: "Address blacklisted.", "Missing final '@domain'", "Local address contains
 * control or whitespace", "Message length is more than 10485760 bytes long".
 */
const verdictsByMessage: ReadonlyArray<readonly [RegExp, SesVerdict]> = [
  // The account's own list of addresses that bounced or complained: the mail is refused, the account is not.
  [/suppression list|blacklisted/iu, "address-never"],
  [/rate exceeded|quota exceeded|quota .*reached/iu, "slow-down"],
  // "Sending paused for this account. For more information, please check the inbox of the email address
  // associated with your AWS account." It was "suspended", and may name an identity or a configuration set.
  [
    /sending\b.*\b(paused|suspended|disabled)|\b(paused|suspended|disabled)\b.*\bsending/iu,
    "account-not-now"
  ],
  // "Email address is not verified. The following identities failed the check in region …: …" In the sandbox
  // the identity may be the recipient, else it is the sender.
  [/\bnot verified\b|failed the check/iu, "account-not-now"],
  [/\bsandbox\b|production access/iu, "account-not-now"],
  [/\b(your|this|the) (aws |amazon ses |ses )?(account|identity)\b/iu, "account-not-now"],
  [/configuration set/iu, "account-not-now"],
  [/not authori[sz]ed/iu, "process-not-allowed"]
]

/** Names with several meanings. */
const ambiguous = new Set(["MessageRejected", "InvalidParameterValue"])

/** What `error` says where SES itself spoke, about a mail from `sender` (an address, or `Name <address>`). */
export const sesVerdict = (error: unknown, sender?: string): Option.Option<SesVerdict> => {
  if (!(error instanceof Error)) return Option.none()
  if (ambiguous.has(error.name)) {
    // A rejection that names the sender concerns every mail.
    if (sender !== undefined && names(error, sender)) return Option.some("account-not-now")
    const row = verdictsByMessage.find(([pattern]) => pattern.test(error.message))
    if (row !== undefined) return Option.some(row[1])
  }
  return Option.fromUndefinedOr(verdictsByName.get(error.name))
}

/**
 * A 5xx without an error name of SES comes from something between us and SES, so what SES did is
 * unknown. An unknown 4xx is a refusal, but nothing shows that it is permanent.
 */
const byStatus = (status: number): SesFailure => {
  if (status === 429) return { reason: "throttled", mayBeSent: false }
  if (status >= 400 && status < 500) return { reason: "denied", mayBeSent: false }
  return { reason: "unavailable", mayBeSent: true }
}

/** What `error` means for a mail from `sender` (an address, or `Name <address>`). */
export const classifySesError = (error: unknown, sender?: string): SesFailure => {
  const verdict = sesVerdict(error, sender)
  if (Option.isSome(verdict)) return { reason: reasons[verdict.value], mayBeSent: false }
  if (!(error instanceof Error)) return { reason: "unavailable", mayBeSent: true }
  const status = statusOf(error)
  if (Option.isSome(status)) return byStatus(status.value)
  return { reason: "unavailable", mayBeSent: !neverSent(error) }
}

const addressOf = (sender: string): string => /<([^<>]+)>$/u.exec(sender)?.[1] ?? sender

const names = ({ message }: Error, sender: string): boolean =>
  message.toLowerCase().includes(addressOf(sender).toLowerCase())

/** The status of SES's answer, if there was one. */
const statusOf = (error: Error): Option.Option<number> => {
  if (!("$metadata" in error)) return Option.none()
  const metadata = error.$metadata
  if (typeof metadata !== "object" || metadata === null || !("httpStatusCode" in metadata))
    return Option.none()
  return Option.liftPredicate(metadata.httpStatusCode, (status) => typeof status === "number")
}

/** What an operator does about it. */
const advice: Record<SesVerdict, string | undefined> = {
  "address-never": undefined,
  "account-not-now":
    "the account may not send this now: see its SES console for a pause, the sandbox or an identity that is not verified",
  "process-not-allowed":
    "this process may not send: see its credentials, its policy (ses:SendEmail) and its endpoint",
  "slow-down": "lower SES_MAX_PER_SECOND, or have AWS raise the quota",
  away: undefined
}

/** Recipients are in no log; the sender is configuration. */
const withoutRecipients = (message: string, sender: string | undefined): string =>
  message.replace(/[^\s<>,;:"']+@[^\s<>,;:"']+/gu, (address) =>
    sender !== undefined && address.toLowerCase().includes(addressOf(sender).toLowerCase())
      ? address
      : "(an address)"
  )

/**
 * The error for the log: its name, status and code. The SDK's own error holds the response and, in
 * some messages, signed headers.
 */
export const describeSesError = (error: unknown, sender?: string): Error => {
  if (!(error instanceof Error)) return new Error("SES failed with something that is no error")
  const facts = [
    error.name,
    (error as NodeJS.ErrnoException).code,
    Option.getOrUndefined(Option.map(statusOf(error), (status) => `HTTP ${status}`)),
    // Only these explain themselves; others quote headers, and with them the session token.
    ambiguous.has(error.name) ? withoutRecipients(error.message, sender) : undefined
  ]
  return new Error(`SES: ${facts.filter((fact) => fact !== undefined).join(", ")}`)
}

/** For the log of a mail that SES did not take. */
export const describeSesRefusal = (error: unknown, sender: string): Error => {
  const { message } = describeSesError(error, sender)
  const what = Option.flatMapNullishOr(sesVerdict(error, sender), (verdict) => advice[verdict])
  return new Error(Option.isNone(what) ? message : `${message} (${what.value})`)
}
