// The SQS client of this process: every call ends within its deadline, is aborted when its caller is interrupted, and
// fails as unavailable, throttled or denied. A request that SQS finds invalid is a defect.
import { GetQueueAttributesCommand, SQSClient, type SQSClientConfig } from "@aws-sdk/client-sqs"
import { Context, Data, Duration, Effect, Layer, Option } from "effect"
import { readGauge, sqsInFlight } from "../../services/metrics.ts"
import { type AwsAccess, accessConfig } from "./AwsAccess.ts"
import { classifySqsError, describeSqsError, type SqsFailureReason } from "./sqsErrors.ts"
import { withoutExtras } from "./withoutExtras.ts"

/** A call that did not succeed. The cause is fit for the log: no headers, no credentials. */
export class SqsError extends Data.TaggedError("SqsError")<{
  readonly reason: SqsFailureReason
  readonly cause: unknown
}> {}

export class SqsClient extends Context.Service<
  SqsClient,
  {
    /** One call, within 5 s and the `waitSeconds` of a long poll. Interruption aborts it. */
    readonly use: <A>(
      call: (client: SQSClient, how: { readonly abortSignal: AbortSignal }) => Promise<A>,
      waitSeconds?: number
    ) => Effect.Effect<A, SqsError>
    /**
     * A secret-free sentence while SQS does not answer for this queue or refuses us. Takes at most 1.5 s.
     */
    readonly problem: (queueUrl: string) => Effect.Effect<Option.Option<string>>
  }
>()("layers/aws/SqsClient") {}

const callSeconds = 5
const problemDeadline = Duration.seconds(1.5)

/** Neither the options nor the SDK's chain name a region, without which no call could succeed. */
export class AwsRegionMissing extends Data.TaggedError("AwsRegionMissing")<Record<never, never>> {
  override get message(): string {
    return "AWS_REGION is missing: it should be an AWS region, such as eu-central-1, or be named by the AWS profile."
  }
}

export const layer = (access: AwsAccess): Layer.Layer<SqsClient, AwsRegionMissing> =>
  Layer.effect(
    SqsClient,
    Effect.gen(function* () {
      const client = yield* Effect.acquireRelease(
        Effect.sync(() => withoutExtras(new SQSClient(configOf(access)))),
        (open) => Effect.sync(() => open.destroy())
      )
      yield* Effect.tryPromise({
        try: () => client.config.region(),
        catch: () => new AwsRegionMissing()
      })

      let inFlight = 0
      yield* readGauge(sqsInFlight, () => inFlight)

      const use: SqsClient["Service"]["use"] = (call, waitSeconds = 0) =>
        Effect.tryPromise({
          try: async (abortSignal) => {
            inFlight += 1
            try {
              return await call(client, { abortSignal })
            } finally {
              inFlight -= 1
            }
          },
          catch: (error) => error
        }).pipe(
          Effect.catch((error) => {
            const reason = classifySqsError(error)
            const cause = describeSqsError(error)
            return Option.isNone(reason)
              ? Effect.die(cause)
              : new SqsError({ reason: reason.value, cause })
          }),
          Effect.timeoutOrElse({
            duration: Duration.seconds(callSeconds + waitSeconds),
            orElse: () => new SqsError({ reason: "unavailable", cause: lateAnswer })
          })
        )

      const problem = (queueUrl: string) =>
        use((sqs, how) => sqs.send(attributesOf(queueUrl), how)).pipe(
          Effect.as(Option.none<string>()),
          Effect.timeoutOrElse({
            duration: problemDeadline,
            orElse: () => new SqsError({ reason: "unavailable", cause: lateAnswer })
          }),
          Effect.catch(({ reason, cause }) => Effect.succeed(sentence(reason, cause)))
        )

      return SqsClient.of({ use, problem })
    })
  )

const lateAnswer = new Error("SQS did not answer in time")

const attributesOf = (queueUrl: string): GetQueueAttributesCommand =>
  new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ["QueueArn"] })

const sentence = (reason: SqsFailureReason, cause: unknown): Option.Option<string> =>
  // A throttled question was answered by an SQS that is up.
  reason === "throttled"
    ? Option.none()
    : Option.some(cause instanceof Error ? cause.message : "SQS does not answer")

const configOf = (access: AwsAccess): SQSClientConfig => ({
  // One retry hides a kept-alive connection that the server closed just then. Outages are the callers',
  // whose back-off knows how long the work may wait.
  maxAttempts: 2,
  // The endpoint is the one that was configured, also where a queue's URL has another host.
  useQueueUrlAsEndpoint: false,
  requestHandler: {
    connectionTimeout: 2000,
    // Above a long poll of 20 s; the calls' own deadlines are shorter.
    requestTimeout: 30_000,
    throwOnRequestTimeout: true,
    // A long poll holds its connection: pollers, senders and acknowledgements must not queue for one.
    httpAgent: { keepAlive: true, maxSockets: 64 },
    httpsAgent: { keepAlive: true, maxSockets: 64 }
  },
  ...accessConfig(access)
})
