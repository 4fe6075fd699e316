// Checks the order queue and its dead-letter queue for an operator. No message is received, sent or deleted: rights are
// tested by invalid calls, which SQS refuses as invalid only if it allows the caller. Rights to a key of KMS can't be
// tested in this way.
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient
} from "@aws-sdk/client-sqs"
import { Effect, Option } from "effect"
import {
  type Finding,
  failure,
  look,
  ok,
  type Verdict,
  warning
} from "../../services/runtime/Finding.ts"
import { findDeadLetterQueue } from "./findDeadLetterQueue.ts"
import { SqsClient } from "./SqsClient.ts"
import { classifySqsError } from "./sqsErrors.ts"
import { type QueueNeeds, queueProblem, refusals } from "./usableQueues.ts"

const part = "SQS"

const reach =
  "see whether AWS_REGION, AWS_SQS_QUEUE_URL, AWS_ENDPOINT_URL_SQS and the AWS credentials fit, and whether a firewall lies between"

const answers = (queueUrl: string, mend: string) =>
  Effect.map(
    SqsClient.use(({ problem }) => problem(queueUrl)),
    Option.match({
      onNone: () => ok("SQS knows it"),
      onSome: (sentence) => failure(sentence, mend)
    })
  )

const fits = (needs: QueueNeeds) =>
  Effect.map(queueProblem(needs), (problem) =>
    problem === undefined
      ? ok("redrive policy and retention fit the worker")
      : failure(problem, "as the sentence says")
  )

type How = Parameters<Parameters<SqsClient["Service"]["use"]>[0]>[1]
type Attempt = (client: SQSClient, url: string, how: How) => Promise<unknown>

/** None of these handles is one. */
const noHandle = "none"

/** By the action that each needs. None can succeed: its handle, number or batch is one that SQS refuses. */
const attempts = {
  "sqs:SendMessage": (client, QueueUrl, how) =>
    client.send(new SendMessageBatchCommand({ QueueUrl, Entries: [] }), how),
  "sqs:ReceiveMessage": (client, QueueUrl, how) =>
    client.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 11, VisibilityTimeout: 0 }),
      how
    ),
  "sqs:DeleteMessage": (client, QueueUrl, how) =>
    client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: noHandle }), how),
  "sqs:ChangeMessageVisibility": (client, QueueUrl, how) =>
    client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl,
        ReceiptHandle: noHandle,
        VisibilityTimeout: 0
      }),
      how
    )
} as const satisfies Record<string, Attempt>
type Action = keyof typeof attempts

const actions = Object.keys(attempts) as ReadonlyArray<Action>

type Answer = "refused" | "no such queue" | "malformed"

/** What an error of SQS says; undefined: that the call did not come through. */
const answerIn = (error: unknown): Answer | undefined => {
  const name = error instanceof Error ? error.name : ""
  if (refusals.has(name)) return "refused"
  if (name === "QueueDoesNotExist") return "no such queue"
  return Option.isNone(classifySqsError(error)) ? "malformed" : undefined
}

/**
 * What SQS says to the attempt. A server that takes it has done nothing: no message has the handle, and the batch is
 * empty. What is not about the attempt fails as any call does.
 */
const answerTo = (queueUrl: string, action: Action) =>
  SqsClient.use(({ use }) =>
    use(async (client, how): Promise<Answer> => {
      try {
        await attempts[action](client, queueUrl, how)
        return "malformed"
      } catch (error) {
        const answer = answerIn(error)
        if (answer === undefined) throw error
        return answer
      }
    })
  )

/** A queue that is not there, in the same account. */
const nowhere = (queueUrl: string): string =>
  queueUrl.replace(/[^/]{0,60}\/*$/u, (name) => `${name.replace(/\/+$/u, "")}-is-not-there`)

type Right = "refused" | "allowed" | "unknown"

/**
 * A right is there where SQS looks at it before it looks at what was asked. Of a queue that is not there it then says
 * just that, or refuses who asks; where it speaks of what was asked instead, its answer on the real queue tells nothing.
 */
const rightTo = Effect.fnUntraced(function* (queueUrl: string, action: Action) {
  const [here, there] = yield* Effect.all(
    [answerTo(queueUrl, action), answerTo(nowhere(queueUrl), action)],
    { concurrency: "unbounded" }
  )
  const unrefused: Right = there === "malformed" ? "unknown" : "allowed"
  return [action, here === "refused" ? here : unrefused] as const
})

const rights = Effect.fnUntraced(function* (queueUrl: string) {
  const found = yield* Effect.forEach(actions, (action) => rightTo(queueUrl, action), {
    concurrency: "unbounded"
  })
  const those = (wanted: Right): string =>
    found.flatMap(([action, right]) => (right === wanted ? [action] : [])).join(", ")
  const [refused, allowed, unknown] = [those("refused"), those("allowed"), those("unknown")]
  if (refused !== "")
    return warning(
      `these credentials may not ${refused}`,
      "allow what API, worker or command line need of it (docs/deploy.md, IAM)"
    )
  return ok(
    [
      ...(allowed === "" ? [] : [`these credentials may ${allowed}`]),
      ...(unknown === "" ? [] : [`SQS does not tell before it is done whether they may ${unknown}`])
    ].join("; ")
  )
})

const deadLetters = Effect.fnUntraced(function* (url: string) {
  const verdict: Verdict = yield* answers(
    url,
    "see AWS_SQS_DLQ_URL, or the order queue's redrive policy where it is absent"
  )
  return verdict.state === "ok" ? yield* rights(url) : verdict
})

/** Of a queue that SQS does not show nothing else is asked. */
export const examineQueues = (
  needs: QueueNeeds
): Effect.Effect<ReadonlyArray<Finding>, never, SqsClient> =>
  Effect.gen(function* () {
    const { queueUrl } = needs
    const first = yield* look(part, "order queue", answers(queueUrl, reach))
    if (first.state === "failure") return [first]
    const sqs = yield* SqsClient
    const dead = findDeadLetterQueue(sqs, needs).pipe(
      Effect.flatMap(deadLetters),
      Effect.catch(({ cause }) =>
        Effect.succeed(
          failure(
            cause instanceof Error ? cause.message : "it could not be found",
            "make one, and name it in the order queue's redrive policy or in AWS_SQS_DLQ_URL (docs/deploy.md, Queue and dead-letter queue)"
          )
        )
      )
    )
    const rest = yield* Effect.all(
      [
        look(part, "attributes", fits(needs)),
        look(part, "rights", rights(queueUrl)),
        look(part, "dead letters", dead)
      ],
      { concurrency: "unbounded" }
    )
    return [first, ...rest]
  })
