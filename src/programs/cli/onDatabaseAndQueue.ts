// The commands on MongoDB and SQS.
import { Effect, Layer } from "effect"
import { deadLettersConfig } from "../config/config.ts"
import { sqs } from "../live/aws.ts"
import { mongo } from "../live/mongo.ts"
import * as deadLetters from "./deadLetters.ts"
import { idsAndBackground } from "./idsAndBackground.ts"
import { logging } from "./logging.ts"

/** Long enough for a queue of tens of thousands. */
const deadLettersSeconds = 300

export const layer = Layer.unwrap(
  Effect.map(deadLettersConfig, ({ mongoUri, aws, queueUrl, deadLetterUrl, logs }) => {
    const queues = {
      queueUrl,
      deadLetterQueueUrl: deadLetterUrl,
      withinSeconds: deadLettersSeconds
    }
    return idsAndBackground.pipe(
      Layer.provideMerge(Layer.merge(mongo(mongoUri), sqs(aws, queues))),
      Layer.provideMerge(logging(logs))
    )
  })
)

export const commands = { deadLetters }
