// HTTP as the buyers speak it: kept-alive connections, a deadline, and errors by their code. Node's own
// client, since it tells a reset connection from a refused one; harness/load.ts has no deadline and no bodies.
import { Agent, request } from "node:http"

export interface Answer {
  readonly status: number
  readonly retryAfterSeconds: number | undefined
  /** Empty where the body is no JSON object. */
  readonly body: Readonly<Record<string, unknown>>
}

/** No answer: the connection was refused, reset, or silent until the deadline. */
export class NoAnswer extends Error {
  /** `ECONNREFUSED`, `ECONNRESET`, `ETIMEDOUT` … */
  readonly code: string

  constructor(code: string) {
    super(code)
    this.name = "NoAnswer"
    this.code = code
  }
}

export interface Call {
  readonly method: "GET" | "POST"
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly timeoutMs: number
}

const agent = new Agent({ keepAlive: true })

export function ask({ method, url, headers, body, timeoutMs }: Call): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const payload = body === undefined ? undefined : JSON.stringify(body)
    const fail = (error: NodeJS.ErrnoException): void =>
      reject(new NoAnswer(signal.aborted ? "ETIMEDOUT" : (error.code ?? error.message)))
    const signal = AbortSignal.timeout(timeoutMs)
    const outgoing = request(
      url,
      {
        method,
        agent,
        signal,
        headers: {
          ...headers,
          ...(payload !== undefined && {
            "content-type": "application/json",
            "content-length": String(Buffer.byteLength(payload))
          })
        }
      },
      (incoming) => {
        let text = ""
        incoming.setEncoding("utf8")
        incoming.on("data", (chunk: string) => {
          text += chunk
        })
        incoming.on("error", fail)
        incoming.on("end", () => {
          const retryAfter = Number(incoming.headers["retry-after"])
          resolve({
            status: incoming.statusCode ?? 0,
            retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : undefined,
            body: parse(text)
          })
        })
      }
    )
    outgoing.on("error", fail)
    outgoing.end(payload)
  })
}

/** Connections that are no longer used would keep this process alive. */
export function closeConnections(): void {
  agent.destroy()
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}
