import { assert, describe, it } from "@effect/vitest"
import { classifySesError } from "../../../src/layers/aws/sesErrors.ts"

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
