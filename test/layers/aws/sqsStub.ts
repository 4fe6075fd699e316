// An SQS endpoint that answers what a test tells it to, for answers that no local server gives: batches
// that succeed in part, throttles, refused credentials.
import { once } from "node:events"
import { createServer, type IncomingMessage } from "node:http"
import { Effect } from "effect"

export interface SqsCall {
  /** Such as `SendMessageBatch`. */
  readonly action: string
  // biome-ignore lint/suspicious/noExplicitAny: the SDK's request, whose shape each test knows
  readonly input: any
}

export interface SqsAnswer {
  readonly status: number
  readonly body: unknown
}

/** Where `answer` gives nothing, the request stays open. */
export const sqsStub = (
  answer: (call: SqsCall, request: IncomingMessage) => SqsAnswer | undefined
) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.promise(async () => {
        const calls: Array<SqsCall> = []
        const server = createServer(async (request, response) => {
          const chunks: Array<Buffer> = []
          for await (const chunk of request) chunks.push(chunk)
          const call = {
            action: String(request.headers["x-amz-target"]).replace("AmazonSQS.", ""),
            input: JSON.parse(Buffer.concat(chunks).toString())
          }
          calls.push(call)
          const answered = answer(call, request)
          if (answered === undefined) return
          const { status, body } = answered
          response.writeHead(status, { "content-type": "application/x-amz-json-1.0" })
          response.end(JSON.stringify(body))
        }).listen(0, "127.0.0.1")
        await once(server, "listening")
        return { server, calls }
      }),
      ({ server }) =>
        Effect.promise(async () => {
          server.closeAllConnections()
          server.close()
          await once(server, "close")
        })
    ),
    ({ server, calls }) => {
      const address = server.address()
      if (address === null || typeof address === "string") throw new Error("no TCP port")
      return { endpoint: `http://127.0.0.1:${address.port}`, calls }
    }
  )
