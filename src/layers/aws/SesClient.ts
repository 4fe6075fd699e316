// The SES client of this process: it sends each request once (the callers retry, since they know whether a second mail
// is acceptable; the exception is a request that SES refused because of its time), aborts it when its caller is
// interrupted, and says whether SES accepts mails.
import {
  GetSendQuotaCommand,
  SESClient,
  type SESClientConfig,
  SESServiceException
} from "@aws-sdk/client-ses"
import { Context, Data, Duration, Effect, Exit, Layer, Option } from "effect"
import { steadyMillis } from "../../services/time.ts"
import { rehearsalServer } from "../network/rehearsalServer.ts"
import { type AwsAccess, accessConfig } from "./AwsAccess.ts"
import { classifySesError, describeSesError } from "./sesErrors.ts"
import { withoutExtras } from "./withoutExtras.ts"

/** A call that did not succeed: the SDK's own error, to be classified, never to be logged. */
export class SesCallError extends Data.TaggedError("SesCallError")<{
  readonly error: unknown
}> {}

export class SesClient extends Context.Service<
  SesClient,
  {
    /** One request, stopped by interruption. */
    readonly use: <A>(
      call: (client: SESClient, options: { readonly abortSignal: AbortSignal }) => Promise<A>
    ) => Effect.Effect<A, SesCallError>
    /** The same with a client that builds, signs, sends and reads as the other does, and whose server is in this process. */
    readonly rehearse: <A>(
      call: (client: SESClient, options: { readonly abortSignal: AbortSignal }) => Promise<A>
    ) => Effect.Effect<A, SesCallError>
    /** Tells `problem` what came of a mail: a paused account still answers what its quota is. */
    readonly recordMail: (outcome: "taken" | "account-refused") => Effect.Effect<void>
    /**
     * A secret-free sentence while SES does not answer, refuses the credentials, has no quota left, or refused a
     * mail for the account's sake within two minutes and has taken none since. Takes at most 1.5 s; an answer is
     * kept for 30 s, a problem for 5 s.
     */
    readonly problem: Effect.Effect<Option.Option<string>>
  }
>()("layers/aws/SesClient") {}

/** Leaves time for an answer within the 8 s of a send. */
const connectionTimeoutMillis = 3_000

/** Twice what `WORKER_CONCURRENCY` may be. */
const maxSendsAtOnce = 2000

/** Longer than the minute between two mails of a worker whose mails are refused. */
const refusalMillis = 120_000

/** No more: strangers may read it. The log of the refused mail says why. */
const refusing = "SES refuses mails for now"

const quotaDeadline = Duration.seconds(1.5)

export const layer = (access: AwsAccess): Layer.Layer<SesClient> =>
  Layer.effect(
    SesClient,
    Effect.gen(function* () {
      const client = yield* opened(configOf(access))

      const { credentials, region } = client.config
      const endpoint = yield* rehearsalServer({ type: "text/xml", body: accepted })
      const understudy = yield* opened(
        // The same provider of credentials: two would ask for them twice.
        { ...configOf(access), credentials, region, endpoint }
      )

      const useOf =
        (of: SESClient): SesClient["Service"]["use"] =>
        (call) =>
          Effect.tryPromise({
            try: (abortSignal) => call(of, { abortSignal }),
            catch: (error) => new SesCallError({ error })
          }).pipe(Effect.retry({ times: 1, while: ({ error }) => isMended(error) }))
      const use = useOf(client)

      let refusedUntil = Number.NEGATIVE_INFINITY
      const recordMail: SesClient["Service"]["recordMail"] = (outcome) =>
        Effect.map(steadyMillis, (millis) => {
          refusedUntil = outcome === "taken" ? Number.NEGATIVE_INFINITY : millis + refusalMillis
        })

      const answers = yield* use((ses, how) => ses.send(new GetSendQuotaCommand({}), how)).pipe(
        Effect.map(quotaProblem),
        Effect.catch(({ error }) => Effect.succeed(callProblem(error))),
        Effect.timeoutOrElse({
          duration: quotaDeadline,
          orElse: () => Effect.succeedSome("SES did not answer in time")
        }),
        Effect.cachedWithTTL((exit) =>
          Exit.isSuccess(exit) && Option.isNone(exit.value) ? "30 seconds" : "5 seconds"
        )
      )

      const problem = Effect.flatMap(steadyMillis, (millis) =>
        millis < refusedUntil ? Effect.succeedSome(refusing) : answers
      )

      return SesClient.of({ use, rehearse: useOf(understudy), recordMail, problem })
    })
  )

const opened = (config: SESClientConfig) =>
  Effect.acquireRelease(
    Effect.sync(() => withoutExtras(new SESClient(config))),
    (client) => Effect.sync(() => client.destroy())
  )

/** Names of refusals for the time of a request. SES took no mail. */
const refusedForTime = new Set([
  "InvalidSignatureException",
  "RequestExpired",
  "RequestInTheFuture",
  "RequestTimeTooSkewed",
  "SignatureDoesNotMatch"
])

/**
 * Whether the SDK has learnt from this refusal how far the clock of this process is off, and signs with the right
 * time from now on. It would try again by itself, but for `maxAttempts`.
 */
const isMended = (error: unknown): boolean =>
  error instanceof SESServiceException &&
  refusedForTime.has(error.name) &&
  "clockSkewCorrected" in error.$metadata &&
  error.$metadata.clockSkewCorrected === true

const configOf = (access: AwsAccess) => ({
  maxAttempts: 1,
  requestHandler: {
    connectionTimeout: connectionTimeoutMillis,
    // No mail that a worker has claimed waits for a connection.
    httpAgent: { keepAlive: true, maxSockets: maxSendsAtOnce },
    httpsAgent: { keepAlive: true, maxSockets: maxSendsAtOnce }
  },
  ...accessConfig(access)
})

/** SES's answer to a mail that it accepts. */
const accepted =
  '<SendEmailResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><SendEmailResult><MessageId>rehearsed</MessageId></SendEmailResult><ResponseMetadata><RequestId>rehearsed</RequestId></ResponseMetadata></SendEmailResponse>'

interface SendQuota {
  readonly Max24HourSend?: number | undefined
  readonly SentLast24Hours?: number | undefined
}

/** -1 means no limit. */
const quotaProblem = ({ Max24HourSend: max = -1, SentLast24Hours: sent = 0 }: SendQuota) =>
  max >= 0 && sent >= max
    ? Option.some(`SES's quota of ${max} mails in 24 hours is used up`)
    : Option.none()

/** Answers that say nothing about sending: the right to read the quota is not the right to send. */
export const unrelated = new Set(["AccessDenied", "AccessDeniedException", "InvalidAction"])

const callProblem = (error: unknown): Option.Option<string> => {
  if (error instanceof Error && unrelated.has(error.name)) return Option.none()
  const { reason } = classifySesError(error)
  // A throttled question was answered by an SES that is up.
  return reason === "throttled" ? Option.none() : Option.some(describeSesError(error).message)
}
