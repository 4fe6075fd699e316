// The failures of an HTTP call that prove that the request was never written, since no connection was made. A request
// with any other failure may have reached the other side.

const codes = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  // Node's fetch.
  "UND_ERR_CONNECT_TIMEOUT",
  // The other side's certificate did not hold, so nothing was said to it.
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "ERR_TLS_CERT_ALTNAME_INVALID"
])

/** System calls that come before any writing. */
const syscalls = new Set(["connect", "getaddrinfo"])

/** The AWS SDK's connection timeout has a name that its other timeouts share, and no code. */
const connectionTimeout = /did not establish a connection/

/** Looks at the error and at what caused it: fetch wraps the error of the socket. */
export const neverSent = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false
  const { code, syscall } = error as NodeJS.ErrnoException
  if (code !== undefined && codes.has(code)) return true
  if (syscall !== undefined && syscalls.has(syscall)) return true
  return connectionTimeout.test(error.message) || neverSent(error.cause)
}
