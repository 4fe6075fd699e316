// A minimal JSON client for the demo: every unexpected status is an error that shows the answer.
import { Data, Effect } from "effect"

export class StepFailed extends Data.TaggedError("StepFailed")<{
  readonly step: string
  readonly reason: string
}> {
  override get message(): string {
    return `${this.step}: ${this.reason}`
  }
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Parsed where the answer is JSON, null otherwise. */
  readonly body: unknown
}

export interface Call {
  readonly method?: "GET" | "POST"
  readonly path: string
  readonly body?: unknown
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
  /** The status of success. */
  readonly expect: number
}

export type Client = (step: string, call: Call) => Effect.Effect<Answer, StepFailed>

export const makeClient =
  (baseUrl: string): Client =>
  (step, { method = "GET", path, body, token, headers, expect }) =>
    Effect.gen(function* () {
      const request: RequestInit = {
        method,
        headers: {
          ...headers,
          ...(body !== undefined && { "content-type": "application/json" }),
          ...(token !== undefined && { authorization: `Bearer ${token}` })
        },
        ...(body !== undefined && { body: JSON.stringify(body) })
      }
      const failed = (reason: string) => new StepFailed({ step, reason })
      const response = yield* Effect.tryPromise({
        try: (signal) => fetch(new URL(path, baseUrl), { ...request, signal }),
        catch: (cause) => failed(`${baseUrl} cannot be reached (${String(cause)})`)
      })
      const text = yield* Effect.tryPromise({
        try: () => response.text(),
        catch: (cause) => failed(`the answer broke off (${String(cause)})`)
      })
      if (response.status !== expect)
        return yield* failed(`expected ${expect}, got ${response.status}: ${text.slice(0, 500)}`)
      const json = response.headers.get("content-type")?.includes("json") === true
      return {
        status: response.status,
        headers: response.headers,
        body: json ? JSON.parse(text) : null
      }
    })
