// The meaning of a failed call to SQS, as data: by the error's name, otherwise by its HTTP status. All other failures
// are requests that SQS finds invalid, and so bugs here.
import { SQSServiceException } from "@aws-sdk/client-sqs"
import { Option } from "effect"
import type { OrderQueueError } from "../../services/orders/ports/OrderQueue.ts"

export type SqsFailureReason = OrderQueueError["reason"]

/**
 * Names that SQS, KMS and the SDK give their errors: the common errors of
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html and those
 * that each action lists. `OverLimit`: too many messages are in flight.
 */
const reasonsByName: ReadonlyMap<string, SqsFailureReason> = new Map([
  ["KmsThrottled", "throttled"],
  ["OverLimit", "throttled"],
  ["RequestLimitExceeded", "throttled"],
  ["RequestThrottled", "throttled"],
  ["Throttling", "throttled"],
  ["ThrottlingException", "throttled"],
  ["TooManyRequestsException", "throttled"],
  ["AccessDenied", "denied"],
  ["AccessDeniedException", "denied"],
  ["CredentialsProviderError", "denied"],
  ["ExpiredToken", "denied"],
  ["ExpiredTokenException", "denied"],
  ["IncompleteSignature", "denied"],
  ["InvalidAddress", "denied"],
  ["InvalidClientTokenId", "denied"],
  ["InvalidSecurity", "denied"],
  ["InvalidSignatureException", "denied"],
  ["KmsAccessDenied", "denied"],
  ["KmsDisabled", "denied"],
  ["KmsInvalidKeyUsage", "denied"],
  ["KmsInvalidState", "denied"],
  ["KmsNotFound", "denied"],
  ["KmsOptInRequired", "denied"],
  ["MissingAuthenticationToken", "denied"],
  ["NotAuthorized", "denied"],
  ["OptInRequired", "denied"],
  ["QueueDoesNotExist", "denied"],
  ["RequestExpired", "denied"],
  ["SignatureDoesNotMatch", "denied"],
  ["UnrecognizedClientException", "denied"],
  ["InternalError", "unavailable"],
  ["InternalFailure", "unavailable"],
  ["RequestTimeout", "unavailable"],
  ["ServiceUnavailable", "unavailable"]
])

/** What an error of the SDK means; none: SQS finds the request wrong. */
export const classifySqsError = (error: unknown): Option.Option<SqsFailureReason> => {
  const named = error instanceof Error ? reasonsByName.get(error.name) : undefined
  if (named !== undefined) return Option.some(named)
  const status = Option.getOrUndefined(statusOf(error))
  if (status === 400) return Option.none()
  if (status === 429) return Option.some("throttled")
  const denied = status === 401 || status === 403 || status === 404
  return Option.some(denied ? "denied" : "unavailable")
}

/** What an entry of a batch's `Failed` means; none: SQS finds the entry wrong. */
export const classifySqsEntry = (entry: {
  readonly Code: string | undefined
  readonly SenderFault: boolean | undefined
}): Option.Option<SqsFailureReason> => {
  const named = reasonsByName.get(entry.Code ?? "")
  if (named !== undefined) return Option.some(named)
  return entry.SenderFault === true ? Option.none() : Option.some("unavailable")
}

/** The status of SQS's answer, if there was one. */
const statusOf = (error: unknown): Option.Option<number> =>
  error instanceof SQSServiceException
    ? Option.fromUndefinedOr(error.$metadata.httpStatusCode)
    : Option.none()

/**
 * The error for the log: its name, status and code. The SDK's own error holds the response, and its
 * message may quote signed headers.
 */
export const describeSqsError = (error: unknown): Error => {
  if (!(error instanceof Error)) return new Error("SQS failed with something that is no error")
  const facts = [
    error.name,
    (error as NodeJS.ErrnoException).code,
    Option.getOrUndefined(Option.map(statusOf(error), (status) => `HTTP ${status}`))
  ]
  return new Error(`SQS: ${facts.filter((fact) => fact !== undefined).join(", ")}`)
}
