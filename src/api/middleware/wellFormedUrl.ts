// Refuses at the door what is no URL, such as one with a Host of too many digits, and broken
// percent-encoding: below, it would be taken literally.
import { problem } from "../problem.ts"
import type { Guard } from "./guards.ts"

const isWellFormed = (encoded: string): boolean => {
  try {
    decodeURIComponent(encoded)
    return true
  } catch {
    return false
  }
}

export const wellFormedUrl: Guard = (c) => {
  // The most frequent case, without the objects of a parsed URL.
  if (!c.req.url.includes("%") && URL.canParse(c.req.url)) return undefined
  const url = URL.parse(c.req.url)
  if (url === null)
    return problem(c, "invalid_request", {
      extension: { errors: [{ path: "header.host", message: "is not a host" }] }
    })
  const { pathname, search } = url
  const errors = [
    ...(isWellFormed(pathname) ? [] : [{ path: "path", message: "is not percent-encoded UTF-8" }]),
    ...(isWellFormed(search) ? [] : [{ path: "query", message: "is not percent-encoded UTF-8" }])
  ]
  return errors.length > 0 ? problem(c, "invalid_request", { extension: { errors } }) : undefined
}
