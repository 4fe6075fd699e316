// The checks of `/readyz` of a process, by dependency. An embedded dependency is always ready; the layer of a real one
// checks its client.
import { Context, Effect, Layer, type Option } from "effect"
import { SesClient } from "../layers/aws/SesClient.ts"
import { SqsClient } from "../layers/aws/SqsClient.ts"
import { mongoProblem } from "../layers/mongo/mongoProblem.ts"
import { RedisClient } from "../layers/redis/RedisClient.ts"
import * as TimedReadiness from "../layers/runtime/TimedReadiness.ts"
import type { DependencyCheck } from "../services/runtime/Readiness.ts"

const embedded = (name: DependencyCheck["name"], required: boolean) =>
  Context.Reference<DependencyCheck>(`programs/readiness/${name}`, {
    defaultValue: () => ({ name, required, problem: Effect.succeedNone })
  })

/** Nothing works without the database; without the others the service answers, slower or later. */
const Mongo = embedded("mongo", true)
const Redis = embedded("redis", false)
const Sqs = embedded("sqs", false)
const Ses = embedded("ses", false)

/** Built on top of the layers that ask. */
export const readiness = TimedReadiness.layer(Effect.all([Mongo, Redis, Sqs, Ses]))

/** Has a dependency's check put a question to its client. */
const asks = <R>(
  check: Context.Reference<DependencyCheck>,
  problem: Effect.Effect<Option.Option<string>, never, R>
): Layer.Layer<never, never, R> =>
  Layer.effect(
    check,
    Effect.gen(function* () {
      const context = yield* Effect.context<R>()
      return { ...(yield* check), problem: Effect.provideContext(problem, context) }
    })
  )

/** Does a majority take writes, and are all indexes there? */
export const asksMongo = asks(Mongo, mongoProblem)

/** Does Redis take writes? */
export const asksRedis = asks(
  Redis,
  RedisClient.use(({ problem }) => problem)
)

/** Does SQS know the order queue? */
export const asksSqs = (queueUrl: string) =>
  asks(
    Sqs,
    SqsClient.use(({ problem }) => problem(queueUrl))
  )

/** Does SES answer, and is there quota left? */
export const asksSes = asks(
  Ses,
  SesClient.use(({ problem }) => problem)
)
