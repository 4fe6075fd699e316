// The SES client of this process: it sends each request once (retries are the callers', who know what
// a second mail means; a request that SES refused for its time is the exception), stops it when its caller
// stops, and tells whether SES would take mails.
import { Agent } from "node:http"
import { Duplex } from "node:stream"
import { GetSendQuotaCommand, SESClient, SESServiceException } from "@aws-sdk/client-ses"
import { Context, Data, Duration, Effect, Exit, Layer, Option } from "effect"
import { steadyMillis } from "../../services/time.ts"
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
    /** The same with a client that builds, signs and reads as the other does, and answers itself. */
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
      const client = yield* Effect.acquireRelease(
        Effect.sync(() => withoutExtras(new SESClient(configOf(access)))),
        (open) => Effect.sync(() => open.destroy())
      )

      const { credentials, region } = client.config
      const understudy = withoutExtras(
        // The same provider of credentials: two would ask for them twice.
        new SESClient({
          ...configOf(access),
          credentials,
          region,
          // Never looked up.
          endpoint: "http://rehearsal.invalid",
          requestHandler: { httpAgent: new AnsweringAgent() }
        })
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

const accepted =
  '<SendEmailResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><SendEmailResult><MessageId>rehearsed</MessageId></SendEmailResult><ResponseMetadata><RequestId>rehearsed</RequestId></ResponseMetadata></SendEmailResponse>'
const answer = `HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: ${accepted.length}\r\n\r\n${accepted}`

/** Whether these bytes are a whole request: its head, and as much of a body as the head announces. */
const isWhole = (text: string): boolean => {
  const [head = "", body] = text.split("\r\n\r\n")
  const length = Number(/^content-length: *(\d+)/imu.exec(head)?.[1] ?? 0)
  return body !== undefined && Buffer.byteLength(body) >= length
}

/** In place of a socket: takes every request for a mail that SES accepts. */
class Answering extends Duplex {
  private text = ""

  override _read(): void {}

  override _write(chunk: unknown, _encoding: string, done: () => void): void {
    this.text += String(chunk)
    if (isWhole(this.text)) {
      this.text = ""
      this.push(answer)
    }
    done()
  }

  /** Asked of a socket that is used again: there is none that could keep the process alive. */
  ref(): void {}
}

/** Node's client of HTTP does all it does, but for the socket. The connection is kept, as SES's is. */
class AnsweringAgent extends Agent {
  constructor() {
    super({ keepAlive: true })
  }

  override createConnection(): Duplex {
    return new Answering()
  }

  /** Without the settings that the kernel has for an idle socket. */
  override keepSocketAlive(): boolean {
    return true
  }
}

interface SendQuota {
  readonly Max24HourSend?: number | undefined
  readonly SentLast24Hours?: number | undefined
}

/** -1 stands for no limit. */
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
