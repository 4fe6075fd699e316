// `order-processing/layers/node`: logs, lifecycle and metrics of a Node process.
export * as Lifecycle from "../../layers/node/Lifecycle.ts"
export * as Logging from "../../layers/node/Logging.ts"
export * as ProcessMetrics from "../../layers/node/ProcessMetrics.ts"
