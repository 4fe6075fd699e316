// One request to the API: its id, its client, its caller, and the only way to make its response. Every response has the
// request's id, the client's limit, and headers that restrict what browsers may do with it.
import { Option } from "effect"
import { problemAnswer } from "../http/problem.ts"
import type { ProblemCode } from "../http/problems.ts"
import type { Origin } from "../services/audit/Origin.ts"
import type { Principal } from "../services/Principal.ts"
import type { Quota } from "../services/runtime/RateLimiter.ts"
import type { Place } from "./admission.ts"
import type { AnswerHeaders, ApiContext } from "./context.ts"
import type { ProblemExtension } from "./contract/problems.ts"
import { rateLimitHeaders } from "./rateLimitHeaders.ts"

/** As hono/secure-headers sets them, which writes them into each answer one by one. */
const secure: AnswerHeaders = Object.freeze({
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Origin-Agent-Cluster": "?1",
  "Referrer-Policy": "no-referrer",
  // A year, and not for subdomains: whose they are is not known here. Ignored without TLS.
  "Strict-Transport-Security": "max-age=31536000",
  "X-Content-Type-Options": "nosniff",
  "X-DNS-Prefetch-Control": "off",
  "X-Download-Options": "noopen",
  "X-Frame-Options": "DENY",
  "X-Permitted-Cross-Domain-Policies": "none",
  "X-XSS-Protection": "0",
  // Answers hold tokens, codes and personal data.
  "Cache-Control": "no-store"
})

/** Lists (RFC 9110, section 5.3): the limit that refused a request stands before the one that holds for all. */
const lists = ["RateLimit-Policy", "RateLimit"] as const

const wellFormed = /^[A-Za-z0-9._-]{1,128}$/u

/** The request id of the client or a proxy if it is well-formed, otherwise a new one. */
const requestIdOf = (given: string | undefined): string =>
  given !== undefined && wellFormed.test(given) ? given : crypto.randomUUID()

export interface ProblemOptions<K extends ProblemCode> {
  /** This occurrence of the problem; by default the meaning of the code. */
  readonly detail?: string
  readonly headers?: AnswerHeaders
  readonly extension: ProblemExtension<K>
}

export class ApiRequest implements Origin {
  readonly hono: ApiContext
  readonly id: string
  /** The client's address as limits count it. */
  address = "unknown"
  /** Its slot among the requests in flight; undefined for requests that are not counted. */
  place: Place | undefined
  /** The caller, after authentication. */
  principal: Principal | undefined
  /** Whether the rest of the body has not arrived yet. */
  awaitsBody = false
  /** Why it was answered with a 5xx, where that is known: for its trace, not for the client. */
  failure: string | undefined
  /** The rest of the client's limit, as header fields. */
  #limit: AnswerHeaders = {}

  constructor(hono: ApiContext) {
    this.hono = hono
    this.id = requestIdOf(hono.req.header("X-Request-Id"))
  }

  get actor(): Origin["actor"] {
    return this.principal === undefined
      ? Option.none()
      : Option.some({
          type: "user",
          ...this.principal,
          role: Option.some(this.principal.role)
        })
  }

  get client(): Origin["client"] {
    return Option.some(this.address)
  }

  get requestId(): Origin["requestId"] {
    return Option.some(this.id)
  }

  header(name: string): string | undefined {
    return this.hono.req.header(name)
  }

  /** Adds the rest of the client's limit to every answer. */
  limitedTo(quota: Quota): void {
    this.#limit = rateLimitHeaders("client", quota)
  }

  /**
   * What the handler says wins over what is common; names are spelt alike. From plain objects: Node's Headers cost
   * more than the rest of a cached read, and a Node host takes them apart again.
   */
  answer(
    body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>> | null,
    status: number,
    own: AnswerHeaders = {}
  ): Response {
    const headers: Record<string, string> = {
      ...secure,
      "X-Request-Id": this.id,
      ...this.#limit,
      ...own
    }
    for (const name of lists)
      if (own[name] !== undefined && this.#limit[name] !== undefined)
        headers[name] = `${own[name]}, ${this.#limit[name]}`
    // workerd compresses a body that has a Content-Encoding unless it is told that the body is compressed already.
    const init = { status, headers, encodeBody: "manual" }
    return new Response(body, init)
  }

  json(value: unknown, status = 200, own: AnswerHeaders = {}): Response {
    return this.answer(JSON.stringify(value), status, {
      "Content-Type": "application/json",
      ...own
    })
  }

  problem<K extends ProblemCode>(code: K, options: ProblemOptions<K>): Response {
    const { status, headers, body } = problemAnswer(code, { ...options, requestId: this.id })
    return this.answer(body, status, headers)
  }
}
