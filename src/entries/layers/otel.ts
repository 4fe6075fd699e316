// `order-processing/layers/otel`: traces for a collector of OpenTelemetry.
export * as Tracing from "../../layers/otel/Tracing.ts"
