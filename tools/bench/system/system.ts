// This system, as it is deployed: `npm start` and `npm run worker` from dist/.
import { programs } from "../../harness/deployment.ts"
import type { Contestant } from "../contestant.ts"
import { tracedName } from "../goals.ts"
import { seed } from "./seed.ts"

/** The mails of one claim, and as many that are being sent: together what the others have in flight. */
const claimed = { WORKER_CONCURRENCY: "32" }

export const system: Contestant = {
  name: "system",
  api: programs.api,
  worker: programs.worker,
  env: () => claimed,
  seed
}

/** With traces of one request in a hundred, as a large deployment would keep them. */
export const traced: Contestant = {
  ...system,
  name: tracedName,
  env: ({ traces }) => ({
    ...claimed,
    OTEL_EXPORTER_OTLP_ENDPOINT: traces.endpoint,
    OTEL_TRACES_SAMPLER_ARG: "0.01"
  })
}
