// Refuses malformed URLs, such as one with a Host of too many digits, and broken percent-encoding, which later code
// would take literally.
import type { ApiRequest } from "./ApiRequest.ts"

const isWellFormed = (encoded: string): boolean => {
  try {
    decodeURIComponent(encoded)
    return true
  } catch {
    return false
  }
}

/** The refusal, if there is one. */
export const malformedUrl = (request: ApiRequest): Response | undefined => {
  const given = request.hono.req.url
  // The most frequent case, without the objects of a parsed URL.
  if (!given.includes("%") && URL.canParse(given)) return undefined
  const url = URL.parse(given)
  if (url === null)
    return request.problem("invalid_request", {
      extension: { errors: [{ path: "header.host", message: "is not a host" }] }
    })
  const { pathname, search } = url
  const errors = [
    ...(isWellFormed(pathname) ? [] : [{ path: "path", message: "is not percent-encoded UTF-8" }]),
    ...(isWellFormed(search) ? [] : [{ path: "query", message: "is not percent-encoded UTF-8" }])
  ]
  return errors.length > 0
    ? request.problem("invalid_request", { extension: { errors } })
    : undefined
}
