// DeadLetters on Amazon SQS by receive, send and delete. StartMessageMoveTask does not fit: it moves every message or
// none, in the background, keeps the reason on moved messages, drops nothing, and not every local SQS server has it.
import { type Message, ReceiveMessageCommand } from "@aws-sdk/client-sqs"
import { Clock, Duration, Effect, Layer, Option } from "effect"
import {
  type DeadLetter,
  type DeadLetterSelection,
  DeadLetters,
  DeadLettersError,
  deadLetterOf
} from "../../services/orders/ports/DeadLetters.ts"
import { OrderQueue, type OrderQueueError } from "../../services/orders/ports/OrderQueue.ts"
import { type DeadLetterQueueOptions, findDeadLetterQueue } from "./findDeadLetterQueue.ts"
import { SqsClient, SqsError } from "./SqsClient.ts"
import { batchSize, deliveriesOf } from "./sqsDeliveries.ts"

export interface SqsDeadLettersOptions extends DeadLetterQueueOptions {
  /**
   * How long a call goes on taking messages. The last of them may take 2 s more, and handing back what it
   * holds another 2 s, or a tenth of this.
   */
  readonly withinSeconds?: number
}

/** Fits into a request, with room for the last page and for handing back. */
const defaultWithinSeconds = 5
/** A long poll asks all of the queue's servers, so that an empty answer means an empty queue. */
const pollSeconds = 1
/** What a call that was killed had taken comes back this long after it would have ended. */
const marginSeconds = 30
const lastPageSeconds = 2
const handBackSeconds = 2

interface Received {
  readonly letter: DeadLetter
  readonly receipt: string
  readonly traceparent: string
}

type Failure = SqsError | OrderQueueError

interface Visitor {
  /** How many messages it can do with. */
  readonly max: () => number
  /** Removes the receipts that it deleted from `held`. */
  readonly visit: (
    url: string,
    page: ReadonlyArray<Received>,
    held: Set<string>
  ) => Effect.Effect<"enough" | "more", Failure>
}

export const layer = ({
  withinSeconds = defaultWithinSeconds,
  ...queues
}: SqsDeadLettersOptions): Layer.Layer<DeadLetters, never, SqsClient | OrderQueue> =>
  Layer.effect(
    DeadLetters,
    Effect.gen(function* () {
      const sqs = yield* SqsClient
      const queue = yield* OrderQueue
      const findUrl = findDeadLetterQueue(sqs, queues)

      const receive = Effect.fnUntraced(function* (url: string, max: number) {
        const command = new ReceiveMessageCommand({
          QueueUrl: url,
          MaxNumberOfMessages: Math.min(max, batchSize),
          WaitTimeSeconds: pollSeconds,
          VisibilityTimeout: withinSeconds + marginSeconds,
          MessageAttributeNames: ["traceparent", "reason", "messageId"],
          MessageSystemAttributeNames: ["SentTimestamp", "ApproximateReceiveCount"]
        })
        const { Messages = [] } = yield* sqs.use(
          (client, how) => client.send(command, how),
          pollSeconds
        )
        return yield* Effect.forEach(Messages, receivedOf)
      })

      /** Receives page after page until `visit` has enough or none is left; false when the time is over. */
      const takePages = Effect.fnUntraced(function* (
        url: string,
        held: Set<string>,
        endsAt: number,
        { max, visit }: Visitor
      ) {
        while ((yield* Clock.currentTimeMillis) < endsAt) {
          const page = yield* receive(url, max())
          for (const { receipt } of page) held.add(receipt)
          if (page.length === 0 || (yield* visit(url, page, held)) === "enough") return true
        }
        return false
      })

      /** Returns whether it is complete. At its end, also after a failure, it makes the messages that it holds visible again. */
      const walk = (visitor: Visitor): Effect.Effect<boolean, Failure> =>
        Effect.gen(function* () {
          const endsAt = (yield* Clock.currentTimeMillis) + withinSeconds * 1000
          const url = yield* findUrl
          const held = new Set<string>()
          return yield* Effect.ensuring(
            takePages(url, held, endsAt, visitor),
            Effect.suspend(() => handBack(url, held))
          )
        }).pipe(
          Effect.timeoutOrElse({
            duration: Duration.seconds(withinSeconds + lastPageSeconds),
            orElse: () => new SqsError({ reason: "unavailable", cause: outOfTime })
          })
        )

      const handBack = (url: string, held: ReadonlySet<string>): Effect.Effect<void> =>
        deliveriesOf(sqs, url)
          .changeVisibility(Array.from(held, (receipt) => ({ receipt, seconds: 0 })))
          .pipe(
            Effect.timeoutOrElse({
              duration: Duration.seconds(Math.max(handBackSeconds, withinSeconds / 10)),
              orElse: () => new SqsError({ reason: "unavailable", cause: outOfTime })
            }),
            Effect.flatMap((left) =>
              left.length === 0
                ? Effect.void
                : Effect.logWarning(`${left.length} dead letters stay hidden for a while`)
            ),
            Effect.catch((error) =>
              Effect.logWarning(`${held.size} dead letters stay hidden for a while`, error)
            )
          )

      const list = Effect.fn("SqsDeadLetters.list")(function* (limit: number) {
        const letters = new Map<string, DeadLetter>()
        yield* walk({
          max: () => limit - letters.size,
          visit: (_url, page) =>
            Effect.sync(() => {
              for (const { letter } of page) letters.set(letter.messageId, letter)
              return letters.size < limit ? "more" : "enough"
            })
        })
        return Array.from(letters.values()).sort(
          (a, b) => a.deadSince.getTime() - b.deadSince.getTime()
        )
      })

      /** Deletes messages of a page; those that SQS did not delete stay held. */
      const remove = Effect.fnUntraced(function* (
        url: string,
        chosen: ReadonlyArray<Received>,
        held: Set<string>
      ) {
        const receipts = chosen.map(({ receipt }) => receipt)
        const left = new Set(yield* deliveriesOf(sqs, url).acknowledge(receipts))
        for (const receipt of receipts) if (!left.has(receipt)) held.delete(receipt)
        if (left.size > 0) yield* Effect.logWarning(`${left.size} dead letters were not deleted`)
        return receipts.length - left.size
      })

      /** Ends every message of the selection: first `before`, then deletes it. */
      const end = Effect.fnUntraced(function* (
        selection: DeadLetterSelection,
        before: (chosen: ReadonlyArray<Received>) => Effect.Effect<unknown, Failure>
      ) {
        const isChosen = chooser(selection, yield* Clock.currentTimeMillis)
        const missing = new Set(selection === "all" ? [] : selection)
        let matched = 0
        const visit = Effect.fnUntraced(function* (
          url: string,
          page: ReadonlyArray<Received>,
          held: Set<string>
        ) {
          const chosen = page.filter(isChosen)
          for (const { letter } of chosen) missing.delete(letter.messageId)
          yield* before(chosen)
          matched += yield* remove(url, chosen, held)
          return selection !== "all" && missing.size === 0 ? "enough" : "more"
        })
        const complete = yield* walk({ max: () => batchSize, visit })
        return { matched, notFound: [...missing], complete }
      })

      const redrive = Effect.fn("SqsDeadLetters.redrive")((selection: DeadLetterSelection) =>
        end(selection, (chosen) =>
          queue.send(
            chosen.map(({ letter: { messageId, body }, traceparent }) => ({
              messageId,
              body,
              traceparent
            }))
          )
        )
      )

      const drop = Effect.fn("SqsDeadLetters.drop")((selection: DeadLetterSelection) =>
        end(selection, () => Effect.void)
      )

      return DeadLetters.of({
        list: (limit) => Effect.mapError(list(limit), failed("list")),
        redrive: (selection) => Effect.mapError(redrive(selection), failed("redrive")),
        drop: (selection) => Effect.mapError(drop(selection), failed("drop"))
      })
    })
  )

/** What dies again while "all" are redriven is not one of those that were there. */
const chooser =
  (selection: DeadLetterSelection, began: number) =>
  ({ letter: { messageId, deadSince } }: Received): boolean =>
    selection === "all" ? deadSince.getTime() <= began : selection.includes(messageId)

const outOfTime = new Error("SQS did not answer in time")

const failed =
  (operation: DeadLettersError["operation"]) =>
  ({ reason, cause }: Failure): DeadLettersError =>
    new DeadLettersError({ operation, reason, cause })

const receivedOf = ({
  MessageId = "",
  ReceiptHandle = "",
  Body = "",
  MessageAttributes,
  Attributes
}: Message): Effect.Effect<Received> =>
  Effect.map(
    deadLetterOf({
      messageId: MessageAttributes?.["messageId"]?.StringValue ?? MessageId,
      body: Body,
      reason: Option.fromUndefinedOr(MessageAttributes?.["reason"]?.StringValue),
      deadSince: new Date(Number(Attributes?.SentTimestamp)),
      receiveCount: Number(Attributes?.ApproximateReceiveCount)
    }),
    (letter) => ({
      letter,
      receipt: ReceiptHandle,
      traceparent: MessageAttributes?.["traceparent"]?.StringValue ?? ""
    })
  )
