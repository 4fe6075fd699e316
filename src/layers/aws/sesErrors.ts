// What a failed call of SES means, as data: by the error's name, else by its HTTP status, else by how
// the connection failed. SES has no idempotency token, so every row says whether a mail may be out.

import { Option } from "effect"
import type { MailerError } from "../../services/messaging/Mailer.ts"
import { neverSent } from "../network/neverSent.ts"

export interface SesFailure {
  readonly reason: MailerError["reason"]
  readonly mayBeSent: boolean
}

/** Names that SES and the SDK give their errors. SES itself spoke: it took no mail. */
const reasonsByName: ReadonlyMap<string, SesFailure["reason"]> = new Map([
  ["MessageRejected", "rejected"],
  ["InvalidParameterValue", "rejected"],
  ["Throttling", "throttled"],
  ["ThrottlingException", "throttled"],
  ["TooManyRequestsException", "throttled"],
  ["LimitExceededException", "throttled"],
  ["RequestLimitExceeded", "throttled"],
  ["AccessDenied", "denied"],
  ["AccessDeniedException", "denied"],
  ["AccountSendingPausedException", "denied"],
  ["ConfigurationSetSendingPausedException", "denied"],
  ["CredentialsProviderError", "denied"],
  ["ExpiredToken", "denied"],
  ["ExpiredTokenException", "denied"],
  ["IncompleteSignature", "denied"],
  ["InvalidClientTokenId", "denied"],
  ["InvalidSignatureException", "denied"],
  ["MailFromDomainNotVerified", "denied"],
  ["MailFromDomainNotVerifiedException", "denied"],
  ["MissingAuthenticationToken", "denied"],
  ["OptInRequired", "denied"],
  ["RequestExpired", "denied"],
  ["SignatureDoesNotMatch", "denied"],
  ["UnrecognizedClientException", "denied"],
  ["InternalFailure", "unavailable"],
  ["InternalServerError", "unavailable"],
  ["RequestTimeout", "unavailable"],
  ["ServiceUnavailable", "unavailable"]
])

/**
 * A 5xx that carries no name of SES comes from something between us and SES, and nobody knows what
 * SES did. An unknown 4xx is a refusal, but nothing shows that it is one for good.
 */
const byStatus = (status: number): SesFailure => {
  if (status === 429) return { reason: "throttled", mayBeSent: false }
  if (status >= 400 && status < 500) return { reason: "denied", mayBeSent: false }
  return { reason: "unavailable", mayBeSent: true }
}

/**
 * What `error` means for a mail from `sender` (an address, or `Name <address>`): a rejection that
 * names the sender concerns every mail, not this one.
 */
export const classifySesError = (error: unknown, sender?: string): SesFailure => {
  if (!(error instanceof Error)) return { reason: "unavailable", mayBeSent: true }
  if (sender !== undefined && rejects(error, sender)) return { reason: "denied", mayBeSent: false }
  const reason = reasonsByName.get(error.name)
  if (reason !== undefined) return { reason, mayBeSent: false }
  const status = statusOf(error)
  if (Option.isSome(status)) return byStatus(status.value)
  return { reason: "unavailable", mayBeSent: !neverSent(error) }
}

const rejects = ({ name, message }: Error, sender: string): boolean => {
  const address = /<([^<>]+)>$/u.exec(sender)?.[1] ?? sender
  return name === "MessageRejected" && message.toLowerCase().includes(address.toLowerCase())
}

/** The status of SES's answer, if there was one. */
const statusOf = (error: Error): Option.Option<number> => {
  if (!("$metadata" in error)) return Option.none()
  const metadata = error.$metadata
  if (typeof metadata !== "object" || metadata === null || !("httpStatusCode" in metadata))
    return Option.none()
  return Option.liftPredicate(metadata.httpStatusCode, (status) => typeof status === "number")
}

/** Only these explain themselves; others quote headers, and with them the session token. */
const explained = new Set(["MessageRejected", "InvalidParameterValue"])

/**
 * The error for the log: its name, status and code. The SDK's own error holds the response and, in
 * some messages, signed headers.
 */
export const describeSesError = (error: unknown): Error => {
  if (!(error instanceof Error)) return new Error("SES failed with something that is no error")
  const facts = [
    error.name,
    (error as NodeJS.ErrnoException).code,
    Option.getOrUndefined(Option.map(statusOf(error), (status) => `HTTP ${status}`)),
    explained.has(error.name) ? error.message : undefined
  ]
  return new Error(`SES: ${facts.filter((fact) => fact !== undefined).join(", ")}`)
}
