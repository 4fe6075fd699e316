import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import {
  classifySesError,
  describeSesRefusal,
  sesVerdict
} from "../../../src/layers/aws/sesErrors.ts"

const answer = (name: string, status: number) =>
  Object.assign(new Error("m"), { name, $metadata: { httpStatusCode: status } })
const network = (code: string, syscall?: string) =>
  Object.assign(new Error(code), { name: "Error", code, syscall, $metadata: { attempts: 1 } })

describe("classifySesError", () => {
  const cases = [
    [answer("Throttling", 400), "throttled", false],
    [answer("TooManyRequestsException", 429), "throttled", false],
    [answer("Unknown", 429), "throttled", false],
    [answer("MessageRejected", 400), "rejected", false],
    [answer("InvalidParameterValue", 400), "rejected", false],
    [answer("InvalidClientTokenId", 403), "denied", false],
    [answer("ExpiredToken", 403), "denied", false],
    [answer("AccountSendingPausedException", 400), "denied", false],
    [answer("MailFromDomainNotVerifiedException", 400), "denied", false],
    [answer("ConfigurationSetDoesNotExist", 400), "denied", false],
    [answer("NotFound", 404), "denied", false],
    [answer("Unknown", 403), "denied", false],
    [answer("InternalFailure", 500), "unavailable", false],
    [answer("ServiceUnavailable", 503), "unavailable", false],
    [answer("Unknown", 502), "unavailable", true],
    [answer("Unknown", 504), "unavailable", true],
    [answer("Error", 200), "unavailable", true],
    [Object.assign(new Error("m"), { name: "CredentialsProviderError" }), "denied", false],
    [network("ECONNREFUSED", "connect"), "unavailable", false],
    [network("ENOTFOUND", "getaddrinfo"), "unavailable", false],
    [network("ETIMEDOUT", "connect"), "unavailable", false],
    [network("CERT_HAS_EXPIRED"), "unavailable", false],
    [network("ETIMEDOUT", "read"), "unavailable", true],
    [network("ECONNRESET", "read"), "unavailable", true],
    [network("EPIPE", "write"), "unavailable", true],
    ["no error at all", "unavailable", true]
  ] as const
  for (const [error, reason, mayBeSent] of cases) {
    const name = error instanceof Error ? `${error.name} ${JSON.stringify(error)}` : error
    it(`${name}: ${reason}, may be sent: ${mayBeSent}`, () => {
      assert.deepStrictEqual(classifySesError(error), { reason, mayBeSent })
    })
  }
})

describe("what the sender should do", () => {
  const paused =
    "Sending paused for this account. For more information, please check the inbox of the email address associated with your AWS account."
  const unverified =
    "Email address is not verified. The following identities failed the check in region EU-CENTRAL-1: ada@example.com"
  // The names of the documents that sesErrors.ts lists, and messages that were met.
  const cases = {
    "address-never": [
      ["MessageRejected", "Address blacklisted."],
      ["MessageRejected", "Address is on the suppression list for your account"],
      ["MessageRejected", "Message length is more than 10485760 bytes long: '10485761'."],
      ["MessageRejected", "The message was rejected because it contained a virus."],
      ["RequestEntityTooLargeException", ""],
      ["InvalidParameterValue", "Missing final '@domain'"],
      ["InvalidParameterValue", "Local address contains control or whitespace"],
      ["InvalidParameterValue", "Domain contains illegal character"]
    ],
    "account-not-now": [
      ["MessageRejected", paused],
      ["MessageRejected", "Sending suspended for this account. For more information, please check"],
      ["MessageRejected", "Email sending for the account is paused."],
      ["MessageRejected", "Email sending for the configuration set orders is paused."],
      ["MessageRejected", "Sending is disabled for this identity."],
      ["MessageRejected", unverified],
      ["MessageRejected", "Email address is not verified."],
      ["InvalidParameterValue", "Configuration set orders does not exist."],
      ["AccountSendingPausedException", "Email sending is disabled for your entire account."],
      ["AccountSendingPaused", ""],
      ["AccountSuspendedException", ""],
      ["ConfigurationSetSendingPaused", ""],
      ["FromEmailAddressNotVerified", ""],
      ["ProductionAccessNotGranted", ""],
      ["ConfigurationSetDoesNotExist", ""],
      ["ConfigurationSetDoesNotExistException", ""],
      ["ConfigurationSetSendingPausedException", ""],
      ["FromEmailAddressNotVerifiedException", ""],
      ["MailFromDomainNotVerified", ""],
      ["MailFromDomainNotVerifiedException", ""],
      ["NotFoundException", ""],
      ["OptInRequired", ""],
      ["ProductionAccessNotGrantedException", ""],
      ["SendingPausedException", ""]
    ],
    "process-not-allowed": [
      ["AccessDenied", "User: arn:aws:iam::1:user/a is not authorized to perform: ses:SendEmail"],
      ["AccessDeniedException", ""],
      ["BadRequestException", ""],
      ["CredentialsProviderError", ""],
      ["ExpiredToken", ""],
      ["ExpiredTokenException", ""],
      ["IncompleteSignature", ""],
      ["InvalidAction", ""],
      ["InvalidClientTokenId", ""],
      ["InvalidParameterCombination", ""],
      ["InvalidQueryParameter", ""],
      ["InvalidSignatureException", ""],
      ["MalformedHttpRequestException", ""],
      ["MalformedQueryString", ""],
      ["MissingAction", ""],
      ["MissingAuthenticationToken", ""],
      ["MissingParameter", ""],
      ["NotAuthorized", ""],
      ["RequestExpired", ""],
      ["SignatureDoesNotMatch", ""],
      ["UnknownOperationException", ""],
      ["UnrecognizedClientException", ""],
      ["ValidationError", ""]
    ],
    "slow-down": [
      ["Throttling", "Maximum sending rate exceeded."],
      ["ThrottlingException", "Daily message quota exceeded."],
      ["MessageRejected", "Daily message quota exceeded."],
      ["LimitExceededException", ""],
      ["RequestLimitExceeded", ""],
      ["RequestThrottled", ""],
      ["TooManyRequestsException", ""]
    ],
    away: [
      ["InternalFailure", ""],
      ["InternalServerError", ""],
      ["RequestAbortedException", ""],
      ["RequestTimeout", ""],
      ["RequestTimeoutException", ""],
      ["ServiceUnavailable", ""]
    ]
  } as const
  const errorOf = (name: string, message: string) =>
    Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 } })

  for (const [verdict, errors] of Object.entries(cases))
    for (const [name, message] of errors)
      it(`${name} ${message}: ${verdict}`, () => {
        const found = sesVerdict(errorOf(name, message), "orders@example.com")
        assert.strictEqual(Option.getOrUndefined(found), verdict)
      })

  it("logs what SES said and what to repair, without the recipient", () => {
    const { message } = describeSesRefusal(
      errorOf("MessageRejected", `${unverified}, orders@example.com`),
      "Orders <orders@example.com>"
    )
    assert.match(message, /^SES: MessageRejected, HTTP 400, Email address is not verified/u)
    assert.include(message, "the sandbox")
    assert.include(message, "(an address), orders@example.com")
    assert.notInclude(message, "ada@")
  })
})
