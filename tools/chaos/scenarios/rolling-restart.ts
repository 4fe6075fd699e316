// A deployment under load: every process is replaced by a new one, one after the other.
import type { Kind } from "../fleet.ts"
import type { Scenario } from "../scenario.ts"
import type { Stage } from "../stage.ts"
import { pause, rounds } from "./rounds.ts"

/** The new one takes work before the old one is asked to stop. */
async function replaceOldest({ fleet }: Stage, kind: Kind): Promise<void> {
  const [oldest] = fleet.up(kind)
  await fleet.start(kind)
  if (oldest !== undefined) await fleet.drain(oldest)
}

export const rollingRestart: Scenario = {
  name: "rolling-restart",
  about: "SIGTERM to one process after the other, each when a new one has taken over",
  run: (stage) =>
    rounds(stage, async () => {
      await replaceOldest(stage, "api")
      await pause(stage, 0.2, 0.8)
      await replaceOldest(stage, "worker")
      await pause(stage, 0.2, 0.8)
    })
}
