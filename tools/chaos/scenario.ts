// What a scenario is: faults that it causes while the load is on. Everything else is the same for all.
import type { Stage } from "./stage.ts"

export interface Scenario {
  readonly name: string
  /** One line for readers of the list. */
  readonly about: string
  /** Redis loses or refuses writes: then a reader may see an older state. */
  readonly touchesRedis?: boolean
  /** Causes its faults for about `stage.seconds`; what it leaves broken is healed after it. */
  readonly run: (stage: Stage) => Promise<void>
  /** After everything has settled: what else should hold, and does not. */
  readonly inspect?: (stage: Stage) => Promise<ReadonlyArray<string>>
}
