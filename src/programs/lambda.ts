// The system as functions of AWS Lambda, on the same live dependencies as `npm start` and `npm run worker`: `api` (or
// `stream`) answers HTTP, `orders` confirms orders of an SQS event source, `mails` sends what is due on a schedule.
import "./node-floor.js"
import { Effect, Layer, ManagedRuntime } from "effect"
import type { LambdaContext, LambdaEvent } from "hono/aws-lambda"
import * as RandomIdGenerator from "../layers/crypto/RandomIdGenerator.ts"
import * as DirectBatcher from "../layers/runtime/DirectBatcher.ts"
import * as WaitUntilBackground from "../layers/runtime/WaitUntilBackground.ts"
import { apiConfig, workerConfig } from "./config/config.ts"
import {
  answerEvents,
  confirmRecords,
  type Invocation,
  type SqsBatchResponse,
  type SqsEvent,
  sendDue,
  streamAnswers
} from "./lambdaHandlers.ts"
import { liveBetweenRequests, sms } from "./live.ts"
import { readiness } from "./readiness.ts"
import { environment } from "./runMain.ts"
import { apiTelemetry, cryptography, passwordChecks, reveal } from "./serveApi.ts"
import { telemetry } from "./telemetry.ts"

/** Rates are the API's to keep: the worker's functions count nothing. */
const limits = { factor: 1 }

const apiServices = Layer.unwrap(
  Effect.map(apiConfig, (config) => {
    const ports = Layer.mergeAll(
      liveBetweenRequests(config, config.limits),
      sms(config),
      cryptography(config.secrets),
      passwordChecks(config)
    )
    return Layer.merge(DirectBatcher.layer, readiness).pipe(
      Layer.provideMerge(WaitUntilBackground.layer),
      Layer.provideMerge(ports),
      Layer.provideMerge(apiTelemetry("order-api", config))
    )
  })
)

const workerServices = Layer.unwrap(
  Effect.map(workerConfig, (config) =>
    Layer.merge(liveBetweenRequests(config, limits), RandomIdGenerator.layer).pipe(
      Layer.provideMerge(telemetry("order-worker", config))
    )
  )
)

/** With the first event of a process. One that could not be started is started anew with the next event. */
const once = <A>(start: () => Promise<A>): (() => Promise<A>) => {
  let started: Promise<A> | undefined
  return () => {
    started ??= start().catch((error: unknown) => {
      started = undefined
      throw error
    })
    return started
  }
}

const startApi = once(async () => {
  const runtime = ManagedRuntime.make(Layer.provideMerge(apiServices, environment))
  const { http, limits: rates } = await runtime.runPromise(apiConfig)
  return {
    services: await runtime.context(),
    options: {
      corsOrigins: http.corsOrigins,
      trustProxy: http.trustProxy,
      metricsToken: reveal(http.metricsToken),
      dev: false,
      limitFactor: rates.factor,
      loggedRequests: http.loggedRequests
    }
  }
})

const startAnswering = once(async () => {
  const { services, options } = await startApi()
  return answerEvents(services, options)
})

const startWorker = once(async () => {
  const runtime = ManagedRuntime.make(Layer.provideMerge(workerServices, environment))
  await runtime.context()
  return runtime
})

export const api = async (event: LambdaEvent, context: LambdaContext): Promise<unknown> => {
  const answer = await startAnswering()
  return answer(event, context)
}

/** What Lambda's runtime gives to functions that stream. */
const ofLambda: object = Object(Reflect.get(globalThis, "awslambda"))

/** `api` for a function URL that streams; undefined outside of Lambda. */
export const stream = "streamifyResponse" in ofLambda ? streamAnswers(startApi) : undefined

export const orders = async (event: SqsEvent, context: Invocation): Promise<SqsBatchResponse> => {
  const runtime = await startWorker()
  return runtime.runPromise(confirmRecords(event, context))
}

export const mails = async (_event: unknown, context: Invocation): Promise<void> => {
  const runtime = await startWorker()
  const { worker } = await runtime.runPromise(workerConfig)
  await runtime.runPromise(sendDue(worker, context))
}
