// Traces, sent to an OpenTelemetry collector over HTTP in batches, or to nobody. A collector that is away
// costs spans and a line in the log, never a request.
import { Duration, Effect, Layer, Random, Tracer } from "effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as OtlpExporter from "effect/observability/OtlpExporter"
import * as OtlpSerialization from "effect/observability/OtlpSerialization"
import * as OtlpTracer from "effect/observability/OtlpTracer"
import { sampled } from "./sampled.ts"

export interface TracingOptions {
  /** Of this process, such as `order-api`. */
  readonly service: string
  /** The collector's base URL: spans go to its `/v1/traces`. Absent: they go nowhere. */
  readonly endpoint: string | undefined
  /** The part of all traces that is kept, from 0 to 1. */
  readonly ratio: number
}

/** Often enough to look at what just happened. */
const exportInterval = Duration.seconds(2)
/** A process that stops waits this long for its last spans to leave. */
const shutdownTimeout = Duration.seconds(3)

/** To be provided below all that runs: spans are made by whatever tracer a fiber finds. */
export const layer = ({ service, endpoint, ratio }: TracingOptions): Layer.Layer<never> =>
  endpoint === undefined
    ? tracer(Effect.succeed(Tracer.nativeTracer), 0)
    : tracer(
        OtlpTracer.make({
          url: `${endpoint.replace(/\/+$/u, "")}/v1/traces`,
          resource: { serviceName: service },
          exportInterval,
          shutdownTimeout
        }),
        ratio
      ).pipe(Layer.provide([OtlpExporter.layerFlusher, OtlpSerialization.layerJson, complaining]))

const tracer = <R>(kept: Effect.Effect<Tracer.Tracer, never, R>, ratio: number) =>
  Layer.effect(
    Tracer.Tracer,
    Effect.gen(function* () {
      return sampled(yield* kept, ratio, yield* Random.Random)
    })
  )

/** The exporter gives up for a minute after its retries and says so to nobody: this client does. */
const complaining = Layer.effect(
  HttpClient.HttpClient,
  Effect.map(HttpClient.HttpClient, (client) =>
    HttpClient.filterStatusOk(client).pipe(
      HttpClient.tapError((error) =>
        Effect.logWarning("traces not exported", { error: error.message })
      )
    )
  )
).pipe(
  Layer.provide(FetchHttpClient.layer),
  // Where spans go is configured, and not the collector's to choose.
  Layer.provide(Layer.succeed(FetchHttpClient.RequestInit, { redirect: "manual" }))
)
