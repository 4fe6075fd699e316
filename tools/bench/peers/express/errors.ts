// An error that clients may see, and the handler that answers it. Anything else is a 500, and logged.
import type { ErrorRequestHandler } from "express"

interface Options extends ErrorOptions {
  /** For the client. */
  readonly details?: unknown
}

export class HttpError extends Error {
  readonly status: number
  readonly code: string
  readonly details: unknown

  constructor(status: number, code: string, message: string, options: Options = {}) {
    super(message, options)
    this.status = status
    this.code = code
    this.details = options.details
  }
}

/** What Express's own parsers throw: they carry a status, and a message for the client. */
const isClientError = (error: unknown): error is Error & { readonly status: number } =>
  error instanceof Error &&
  "status" in error &&
  typeof error.status === "number" &&
  error.status < 500

// Express tells an error handler by its four parameters.
export const answerError: ErrorRequestHandler = (error, _request, response, _next) => {
  if (error instanceof HttpError) {
    const { status, code, message, details } = error
    response.status(status).json({ code, message, ...(details === undefined ? {} : { details }) })
  } else if (isClientError(error)) {
    response.status(error.status).json({ code: "invalid_request", message: error.message })
  } else {
    console.error(error)
    response.status(500).json({ code: "internal", message: "Something went wrong" })
  }
}
