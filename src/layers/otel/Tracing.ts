// Traces, sent to an OpenTelemetry collector over HTTP in batches, if one is configured. While the collector is
// unavailable, spans are lost and a line is logged, but no request fails.
import { ConfigProvider, Duration, Effect, Layer, Random, Redacted, Tracer } from "effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as OtlpExporter from "effect/observability/OtlpExporter"
import * as OtlpSerialization from "effect/observability/OtlpSerialization"
import * as OtlpTracer from "effect/observability/OtlpTracer"
import { answered } from "./answered.ts"
import { presentable } from "./presentable.ts"
import { sampled } from "./sampled.ts"

export interface TracingOptions {
  /** The name of this process, such as `order-api`. */
  readonly service: string
  /** What else traces say of this process: the attributes of its resource. */
  readonly attributes?: Readonly<Record<string, string>>
  /** The collector's base URL: spans go to its `/v1/traces`. Absent: they go nowhere. */
  readonly endpoint: string | undefined
  /** Sent to the collector with each batch, such as its key. */
  readonly headers?: Redacted.Redacted<Readonly<Record<string, string>>>
  /** The part of all traces that is kept, from 0 to 1. */
  readonly ratio: number
  /** Whether an error is an answer to the client rather than a fault: spans that end with one are no errors. */
  readonly isAnswer?: (error: unknown) => boolean
}

/** Often enough to look at what just happened. */
const exportInterval = Duration.seconds(2)
/** A process that stops waits this long for its last spans to leave. */
const shutdownTimeout = Duration.seconds(3)

/** Provide it below all that runs: a fiber makes its spans with the tracer in its context. */
export const layer = ({
  service,
  attributes = {},
  endpoint,
  headers = Redacted.make({}),
  ratio,
  isAnswer = () => false
}: TracingOptions): Layer.Layer<never> =>
  endpoint === undefined
    ? tracer(Effect.succeed(Tracer.nativeTracer), 0)
    : tracer(
        OtlpTracer.make({
          url: `${endpoint.replace(/\/+$/u, "")}/v1/traces`,
          resource: { serviceName: service, attributes },
          headers: Redacted.value(headers),
          exportInterval,
          shutdownTimeout
        }).pipe(
          // It reads variables by itself. The configuration has decoded them, with all of its checks.
          Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnvRecord({})),
          Effect.map((kept) => answered(kept, isAnswer))
        ),
        ratio
      ).pipe(Layer.provide([OtlpExporter.layerFlusher, serialization, complaining]))

const tracer = <R>(kept: Effect.Effect<Tracer.Tracer, never, R>, ratio: number) =>
  Layer.effect(
    Tracer.Tracer,
    Effect.gen(function* () {
      return sampled(yield* kept, ratio, yield* Random.Random)
    })
  )

const serialization = Layer.effect(
  OtlpSerialization.OtlpSerialization,
  Effect.map(OtlpSerialization.OtlpSerialization, (json) => ({
    ...json,
    traces: (data) => json.traces(presentable(data))
  }))
).pipe(Layer.provide(OtlpSerialization.layerJson))

/** The exporter gives up for a minute after its retries and does not log it: this client does. */
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
