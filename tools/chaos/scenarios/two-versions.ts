// A deployment over the previous version, and its roll-back: processes of both read and finish what the other began.
import { versionBefore } from "../before.ts"
import type { Kind, Process, Version } from "../fleet.ts"
import type { Scenario } from "../scenario.ts"
import type { Stage } from "../stage.ts"
import { pause, rounds } from "./rounds.ts"

/** A process of one version takes over from one of the other, which is killed or stops. */
async function replace({ fleet, random }: Stage, kind: Kind, version: Version): Promise<void> {
  const other = fleet.up(kind).find((process: Process) => process.version !== version)
  await fleet.start(kind, version)
  if (other === undefined) return
  if (kind === "worker" && random.between(0, 1) < 0.5) await fleet.kill(other)
  else await fleet.drain(other)
}

export const twoVersions: Scenario = {
  name: "two-versions",
  about: "processes of the previous version take over from new ones, and new ones from them",
  prepare: versionBefore,
  run: async (stage) => {
    await stage.migrateBefore()
    await rounds(stage, async () => {
      for (const version of ["before", "now"] as const) {
        await replace(stage, "worker", version)
        await pause(stage, 1, 3)
        await replace(stage, "api", version)
        await pause(stage, 1, 3)
      }
    })
  }
}
