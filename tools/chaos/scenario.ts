// What a scenario is: faults that it causes while the load is on. Everything else is the same for all.
import type { Environment } from "../harness/deployment.ts"
import type { Stage } from "./stage.ts"

export interface Scenario {
  readonly name: string
  /** One line for readers of the list. */
  readonly about: string
  /** Variables of its processes, which win over those of all scenarios. */
  readonly env?: Environment
  /** Redis loses or refuses writes: then a reader may see an older state. */
  readonly touchesRedis?: boolean
  /** Before its stage opens: what takes long and is no fault. */
  readonly prepare?: () => unknown
  /** Causes its faults for about `stage.seconds`; what it leaves broken is healed after it. */
  readonly run: (stage: Stage) => Promise<void>
  /** After everything has settled: what else should hold, and does not. */
  readonly inspect?: (stage: Stage) => Promise<ReadonlyArray<string>>
}
