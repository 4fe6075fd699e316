// `doctor` of the command line: checks every setting and dependency, and says how to repair each problem. It changes
// nothing. It checks the other dependencies also if one is unavailable or not configured.
import { Data, Effect, Layer, Result } from "effect"
import { examineQueues } from "../../layers/aws/examineQueues.ts"
import { examineSes } from "../../layers/aws/examineSes.ts"
import { examineMongo } from "../../layers/mongo/examineMongo.ts"
import * as MongoConnection from "../../layers/mongo/MongoConnection.ts"
import { examineRedis } from "../../layers/redis/examineRedis.ts"
import { examineTwilio } from "../../layers/twilio/examineTwilio.ts"
import { type Finding, failure, ok, warning } from "../../services/runtime/Finding.ts"
import { giveUpDeliveries, giveUpSeconds } from "../../worker/schedules.ts"
import { type DoctorConfig, doctorConfig } from "../config/config.ts"
import type { Problem } from "../config/Variable.ts"
import { sesClient, sqsClient } from "../live/aws.ts"
import { redisClient } from "../live/redis.ts"
import { logging } from "./logging.ts"
import { answer, withProgress } from "./Manner.ts"
import { alignColumns } from "./table.ts"

/** Something has to be mended before the service works. */
export class Unwell extends Data.TaggedError("Unwell")<{ readonly failures: number }> {
  override get message(): string {
    return `${this.failures} of these have to be mended.`
  }
}

type Findings = ReadonlyArray<Finding>

const settings = ({ problems, warnings }: DoctorConfig): Findings => {
  const found = [
    ...problems.map(({ variable, problem, expected }) =>
      failure(`${variable} ${problem}`, `it should be ${expected}`)
    ),
    ...warnings.map((sentence) => warning(sentence, "see .env.example"))
  ]
  const verdicts = found.length === 0 ? [ok("all that API and worker need are there")] : found
  return verdicts.map((verdict) => ({ part: "settings", check: "variables", ...verdict }))
}

/** A part with its settings; without them its row says so, and the rows of settings say which are missing. */
const configured = <A>(
  part: string,
  read: Result.Result<A, ReadonlyArray<Problem>>,
  examine: (settings: A) => Effect.Effect<Findings>
): Effect.Effect<Findings> =>
  Result.isSuccess(read)
    ? examine(read.success)
    : Effect.succeed([
        {
          part,
          check: "settings",
          ...failure(
            `not looked at: ${read.failure.map(({ variable, problem }) => `${variable} ${problem}`).join(", ")}`,
            "set what is named"
          )
        }
      ])

/** On a client whose layer may fail, such as for a password that MongoDB refuses. */
const on = <R, E extends Error>(
  part: string,
  examine: Effect.Effect<Findings, never, R>,
  layer: Layer.Layer<R, E>
): Effect.Effect<Findings> =>
  examine.pipe(
    Effect.provide(layer),
    Effect.catch((error) =>
      Effect.succeed([
        { part, check: "answers", ...failure(error.message, "as the sentence says") }
      ])
    )
  )

const notUsed: Finding = {
  part: "Twilio",
  check: "account",
  ...ok("not set up: codes go by mail alone")
}

const examineAll = ({ mongoUri, redis, queues, mails, twilio }: DoctorConfig) =>
  Effect.all(
    [
      configured("MongoDB", mongoUri, (uri) =>
        on("MongoDB", examineMongo, MongoConnection.layer({ uri }))
      ),
      configured("Redis", redis, (options) => on("Redis", examineRedis, redisClient(options))),
      configured("SQS", queues, ({ aws, queueUrl, deadLetterUrl }) =>
        on(
          "SQS",
          examineQueues({
            ...{ queueUrl, deadLetterQueueUrl: deadLetterUrl },
            ...{ deliveries: giveUpDeliveries, retentionSeconds: giveUpSeconds }
          }),
          sqsClient(aws)
        )
      ),
      configured("SES", mails, ({ aws, sender, perSecond }) =>
        on("SES", examineSes({ sender, perSecond }), sesClient(aws))
      ),
      configured("Twilio", twilio, (account) =>
        account === undefined ? Effect.succeed([notUsed]) : examineTwilio(account)
      )
    ],
    { concurrency: "unbounded" }
  )

/** Each row, and below it how to mend it. */
const textOf = (findings: Findings): ReadonlyArray<string> => {
  const rows = findings.map(({ state, part, check, says }) => [state, part, check, says])
  return alignColumns(rows).flatMap((line, i) => {
    const mend = findings[i]?.mend
    return mend === undefined ? [line] : [line, `         mend: ${mend}`]
  })
}

/** Fails where something has to be mended. */
export const doctor = Effect.gen(function* () {
  const config = yield* doctorConfig
  const lines = Result.isSuccess(config.logs) ? logging(config.logs.success) : Layer.empty
  const parts = yield* withProgress("looking", () => Effect.provide(examineAll(config), lines))
  const findings = [...settings(config), ...parts.flat()]
  yield* answer({ json: findings, text: textOf(findings) })
  const failures = findings.filter(({ state }) => state === "failure").length
  if (failures > 0) return yield* new Unwell({ failures })
})
