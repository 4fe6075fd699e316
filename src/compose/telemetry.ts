// What a process tells of itself besides its metrics: logs and traces. Provided below everything else, so
// that it is there first and goes last.
import { Layer } from "effect"
import type { WorkerConfig } from "../config/config.ts"
import * as Logging from "../layers/node/Logging.ts"
import * as Tracing from "../layers/otel/Tracing.ts"

/** Under the name that the process has in traces. */
export const telemetry = (
  service: "order-api" | "order-worker" | "order-dev",
  { logs, traces }: Pick<WorkerConfig, "logs" | "traces">
) => Tracing.layer({ service, ...traces }).pipe(Layer.provideMerge(Logging.layer(logs)))
