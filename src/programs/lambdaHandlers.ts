// The handlers of lambda.ts over services that are built already: they turn the events of AWS Lambda into requests,
// deliveries and rounds.
import { type Context, Effect, Layer, ManagedRuntime } from "effect"
import type { Hono } from "hono"
// There is no package @hono/aws-lambda yet, which its notice names as the successor.
import {
  getConnInfo,
  handle,
  type LambdaContext,
  type LambdaEvent,
  streamHandle
} from "hono/aws-lambda"
import { type AppOptions, createApp } from "../api/app.ts"
import type { AppServices } from "../api/context.ts"
import type { Delivery } from "../services/orders/ports/OrderQueue.ts"
import type { MailOptions } from "../worker/MailLoop.ts"
import { confirmDelivered, roundOfDue } from "../worker/onEvents.ts"

/** What of a function's context is used. */
export type Invocation = Pick<LambdaContext, "getRemainingTimeInMillis">

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event */
export interface SqsRecord {
  readonly messageId: string
  readonly receiptHandle: string
  readonly body: string
  readonly attributes: { readonly ApproximateReceiveCount: string }
  readonly messageAttributes: Readonly<
    Record<string, { readonly stringValue?: string; readonly dataType: string }>
  >
}

export interface SqsEvent {
  readonly Records: ReadonlyArray<SqsRecord>
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting */
export interface SqsBatchResponse {
  readonly batchItemFailures: ReadonlyArray<{ readonly itemIdentifier: string }>
}

const deliveryOf = ({
  messageId,
  receiptHandle,
  body,
  attributes,
  messageAttributes
}: SqsRecord): Delivery => ({
  messageId: messageAttributes["messageId"]?.stringValue ?? messageId,
  receipt: receiptHandle,
  body,
  traceparent: messageAttributes["traceparent"]?.stringValue ?? "",
  receiveCount: Number(attributes.ApproximateReceiveCount)
})

/** Kept of a function's time for the answer, and for writing down what was done. */
const reserveMillis = 3000

const millisLeft = ({ getRemainingTimeInMillis }: Invocation, reserve: number): number =>
  Math.max(getRemainingTimeInMillis() - reserve, 0)

type AppOfLambda = Omit<AppOptions, "runtime" | "remoteAddress" | "maxStreams">

const makeApp = (
  services: Context.Context<AppServices>,
  options: AppOfLambda & Pick<AppOptions, "maxStreams">
) =>
  createApp({
    ...options,
    runtime: ManagedRuntime.make(Layer.succeedContext(services)),
    remoteAddress: (c) => getConnInfo(c).remote.address,
    bodiesAreFramed: true
  })

/**
 * Answers events of API Gateway (HTTP and REST APIs), function URLs and load balancers. They carry an answer as a whole,
 * so event streams are refused.
 */
export const answerEvents = (
  services: Context.Context<AppServices>,
  options: AppOfLambda
): ((event: LambdaEvent, context?: LambdaContext) => Promise<unknown>) =>
  handle(makeApp(services, { ...options, maxStreams: 0 }))

/** Answers function URLs that stream (`InvokeMode: RESPONSE_STREAM`), event streams too. `start`: with the first event. */
export const streamAnswers = (
  start: () => Promise<{
    readonly services: Context.Context<AppServices>
    readonly options: AppOfLambda
  }>
): ReturnType<typeof streamHandle> => {
  let app: ReturnType<typeof makeApp> | undefined
  const fetch: Hono["fetch"] = async (request, ...rest) => {
    if (app === undefined) {
      const { services, options } = await start()
      app ??= makeApp(services, options)
    }
    return app.fetch(request, ...rest)
  }
  // All that it uses of an app.
  return streamHandle({ fetch } as Hono)
}

/** Of an event source with `ReportBatchItemFailures`. */
export const confirmRecords = Effect.fnUntraced(function* (
  { Records }: SqsEvent,
  invocation: Invocation
) {
  const left = yield* confirmDelivered(
    Records.map(deliveryOf),
    millisLeft(invocation, reserveMillis)
  )
  const receipts = new Set(left.map(({ receipt }) => receipt))
  const failures: SqsBatchResponse = {
    batchItemFailures: Records.filter(({ receiptHandle }) => receipts.has(receiptHandle)).map(
      ({ messageId }) => ({ itemIdentifier: messageId })
    )
  }
  return failures
})

/** Of a schedule. */
export const sendDue = (options: MailOptions, invocation: Invocation) =>
  roundOfDue(options, millisLeft(invocation, reserveMillis + options.drainSeconds * 1000))
