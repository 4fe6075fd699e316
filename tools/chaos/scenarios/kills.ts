// Processes die without a word, and a supervisor starts them again.
import type { Kind } from "../fleet.ts"
import type { Scenario } from "../scenario.ts"
import { pause, rounds, slowMails } from "./rounds.ts"

const killing =
  (kind: Kind): Scenario["run"] =>
  async (stage) => {
    await slowMails(stage)
    await rounds(stage, async () => {
      const { fleet, random } = stage
      await pause(stage, 0.3, 2)
      const victim = random.pick(fleet.up(kind))
      await fleet.kill(victim)
      await pause(stage, 0, 1)
      await fleet.revive(victim)
    })
  }

export const killWorkers: Scenario = {
  name: "kill-workers",
  about: "kill -9 of a worker at random, again and again",
  run: killing("worker")
}

export const killApis: Scenario = {
  name: "kill-apis",
  about: "kill -9 of an API at random, again and again",
  run: killing("api")
}
