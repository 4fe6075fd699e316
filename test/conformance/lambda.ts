// The API as AWS Lambda calls it: each request becomes an event, and each result an answer.
import { PassThrough, Readable } from "node:stream"
import { Effect } from "effect"
import type { AppServices } from "../../src/api/context.ts"
import { streamAnswers } from "../../src/programs/lambdaHandlers.ts"
import { Mailbox } from "../../src/services/messaging/Mailbox.ts"
import type { Embedded } from "./embedded.ts"
import type { Gap, OpenTarget } from "./suite.ts"

/** Of a function URL and of an HTTP API: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads */
export const eventOf = async (request: Request) => {
  const { pathname, search, hostname } = new URL(request.url)
  const bytes = Buffer.from(await request.arrayBuffer())
  const http = {
    method: request.method,
    path: pathname,
    protocol: "HTTP/1.1",
    sourceIp: "192.0.2.1",
    userAgent: "agent"
  }
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: pathname,
    rawQueryString: search.slice(1),
    headers: Object.fromEntries(request.headers),
    requestContext: {
      accountId: "123456789012",
      apiId: "example",
      authentication: null,
      authorizer: {},
      domainName: hostname,
      domainPrefix: "example",
      http,
      requestId: "id",
      routeKey: "$default",
      stage: "$default",
      time: "12/Mar/2026:19:03:58 +0000",
      timeEpoch: 1_773_342_238_000
    },
    body: bytes.length === 0 ? null : bytes.toString("base64"),
    isBase64Encoded: bytes.length > 0
  }
}

interface Metadata {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly cookies: ReadonlyArray<string>
}

type Streaming = (event: object, stream: PassThrough, context: object) => Promise<void>

/** What Lambda's runtime gives to handlers that stream: the head of the answer goes before its body. */
const heads = new WeakMap<PassThrough, (head: Metadata) => void>()
Object.assign(globalThis, {
  awslambda: {
    streamifyResponse: (handler: Streaming) => handler,
    HttpResponseStream: {
      from: (stream: PassThrough, head: Metadata) => {
        heads.get(stream)?.(head)
        return stream
      }
    }
  }
})

const withoutBody = new Set([204, 205, 304])

/** A function is not told that its client has left: what it writes goes nowhere. */
const bodyOf = (stream: PassThrough) => {
  const [forClient, toEnd] = Readable.toWeb(stream).tee()
  void toEnd.pipeTo(new WritableStream())
  return forClient
}

const toResponse = (stream: PassThrough, { statusCode, headers, cookies }: Metadata): Response => {
  const fields = new Headers(headers)
  for (const cookie of cookies) fields.append("set-cookie", cookie)
  const body = bodyOf(stream)
  return new Response(withoutBody.has(statusCode) ? null : (body as BodyInit), {
    status: statusCode,
    headers: fields
  })
}

export const lambda =
  (open: () => Promise<Embedded>): OpenTarget =>
  async () => {
    const system = await open()
    const handler = streamAnswers(async () => ({
      services: await system.run(Effect.context<AppServices>()),
      options: {
        corsOrigins: [],
        trustProxy: { _tag: "Off" },
        metricsToken: undefined,
        dev: true,
        mailbox: await system.run(Mailbox),
        limitFactor: 10_000
      }
    })) as unknown as Streaming
    return {
      ...system,
      fetch: async (request) => {
        const stream = new PassThrough()
        const head = new Promise<Metadata>((resolve) => heads.set(stream, resolve))
        const event = await eventOf(request)
        const done = handler(event, stream, {})
        return toResponse(stream, await Promise.race([head, done.then(() => head)]))
      }
    }
  }

const dropped = "hono/aws-lambda leaves out headers without a value"

export const lambdaGaps: ReadonlyArray<Gap> = [
  { title: "orders > Idempotency-Key > is refused: an empty one", reason: dropped },
  {
    title: "orders > Idempotency-Key > is refused: one that is not ASCII",
    reason: "hono/aws-lambda encodes values that are not ASCII, so that a key is a valid one"
  },
  { title: 'orders > following > refuses the Last-Event-ID ""', reason: dropped },
  { title: 'orders > following > refuses the Last-Event-ID " "', reason: dropped }
]
