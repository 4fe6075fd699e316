// Deletes and hides deliveries of a queue, in batches of any size. A batch that SQS accepted in part is not a success:
// the failed ones are reported to the caller.
import { ChangeMessageVisibilityBatchCommand, DeleteMessageBatchCommand } from "@aws-sdk/client-sqs"
import { Effect } from "effect"
import { chunksOf, flatten } from "effect/Array"
import type { SqsClient, SqsError } from "./SqsClient.ts"

/** What SQS takes in one batch. */
export const batchSize = 10
export const batchesAtOnce = 5

export interface VisibilityChange {
  readonly receipt: string
  readonly seconds: number
}

/** Both answer the receipts for which it failed. */
export const deliveriesOf = (sqs: SqsClient["Service"], queueUrl: string) => ({
  acknowledge: inBatches((receipts: ReadonlyArray<string>) => {
    const command = new DeleteMessageBatchCommand({
      QueueUrl: queueUrl,
      Entries: receipts.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }))
    })
    return sqs
      .use((client, how) => client.send(command, how))
      .pipe(Effect.map(({ Failed = [] }) => named(Failed, receipts)))
  }),

  changeVisibility: inBatches((changes: ReadonlyArray<VisibilityChange>) => {
    const command = new ChangeMessageVisibilityBatchCommand({
      QueueUrl: queueUrl,
      Entries: changes.map(({ receipt, seconds }, index) => ({
        Id: String(index),
        ReceiptHandle: receipt,
        VisibilityTimeout: seconds
      }))
    })
    const receipts = changes.map(({ receipt }) => receipt)
    return sqs
      .use((client, how) => client.send(command, how))
      .pipe(Effect.map(({ Failed = [] }) => named(Failed, receipts)))
  })
})

/** Calls once per batch, and answers what all of them answered. */
const inBatches =
  <In, Out>(call: (batch: ReadonlyArray<In>) => Effect.Effect<ReadonlyArray<Out>, SqsError>) =>
  (all: ReadonlyArray<In>): Effect.Effect<ReadonlyArray<Out>, SqsError> =>
    Effect.map(
      Effect.forEach(chunksOf(all, batchSize), call, { concurrency: batchesAtOnce }),
      flatten
    )

/** The receipts that a batch's `Failed` is about: entries are named by their index. */
const named = (
  entries: ReadonlyArray<{ readonly Id: string | undefined }>,
  receipts: ReadonlyArray<string>
): ReadonlyArray<string> => entries.flatMap(({ Id }) => receipts[Number(Id)] ?? [])
