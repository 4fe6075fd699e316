// The database loses its primary.
import type { Scenario } from "../scenario.ts"
import { pause, rounds } from "./rounds.ts"

export const mongoStepDown: Scenario = {
  name: "mongo-stepdown",
  about: "the primary steps down, again and again",
  run: (stage) =>
    rounds(stage, async () => {
      const { cluster, interruptions } = stage
      await interruptions.during("stepdown of the primary", async () => {
        await cluster.stepDown()
        await cluster.untilWritable()
      })
      await pause(stage, 2, 4)
    })
}

export const mongoKillPrimary: Scenario = {
  name: "mongo-kill-primary",
  about: "kill -9 of the primary, which comes back as a secondary",
  run: (stage) =>
    rounds(stage, async () => {
      const { cluster, interruptions } = stage
      const killed = await interruptions.during("kill -9 of the primary", async () => {
        const node = await cluster.killPrimary()
        await cluster.untilWritable()
        return node
      })
      await pause(stage, 0.5, 2)
      await cluster.restart(killed)
      await pause(stage, 2, 4)
    })
}
