// This system, as it is deployed: `npm start` and `npm run worker` from dist/.
import { programs } from "../../harness/deployment.ts"
import type { Contestant } from "../contestant.ts"
import { tracedName } from "../goals.ts"
import { seed } from "./seed.ts"

export const system: Contestant = {
  name: "system",
  api: programs.api,
  worker: programs.worker,
  seed
}

/** With traces of one request in a hundred, as a large deployment would keep them. */
export const traced: Contestant = {
  ...system,
  name: tracedName,
  env: ({ traces }) => ({
    OTEL_EXPORTER_OTLP_ENDPOINT: traces.endpoint,
    OTEL_TRACES_SAMPLER_ARG: "0.01"
  })
}
