// Logs, traces and metrics of a process that lasts.
import { Layer } from "effect"
import * as Lifecycle from "../layers/node/Lifecycle.ts"
import * as Logging from "../layers/node/Logging.ts"
import * as ProcessMetrics from "../layers/node/ProcessMetrics.ts"
import * as Tracing from "../layers/otel/Tracing.ts"
import type { WorkerConfig } from "./config/config.ts"
import { logSettingWarnings } from "./config/settingWarnings.ts"
import { version } from "./version.ts"

/**
 * Logs, traces under the name that the process has in them where the configuration gives it no other, and what the
 * process tells of itself. Provided below everything else, so that it is there first and goes last. The first lines
 * say that the process starts, and what the settings make doubtful. `isAnswer`: see `TracingOptions`.
 */
export const telemetry = (
  name: "order-api" | "order-worker" | "order-dev",
  {
    logs,
    traces: { serviceName, attributes, ...rest },
    revision
  }: Pick<WorkerConfig, "logs" | "traces" | "revision">,
  isAnswer?: (error: unknown) => boolean
) => {
  const service = serviceName ?? attributes["service.name"] ?? name
  return Layer.merge(
    Tracing.layer({
      ...rest,
      service,
      attributes: { "service.version": version, ...attributes },
      ...(isAnswer === undefined ? {} : { isAnswer })
    }),
    ProcessMetrics.layer({ version, revision })
  ).pipe(
    Layer.provideMerge(Layer.effectDiscard(logSettingWarnings)),
    Layer.provideMerge(Lifecycle.layer),
    Layer.provideMerge(Logging.layer({ ...logs, service, version }))
  )
}
