// SES itself: it throttles, or takes a mail and its answer is lost.
import type { SesInjection } from "../../harness/ses-control.ts"
import type { Scenario } from "../scenario.ts"
import { pause } from "./rounds.ts"

const failing =
  (injection: SesInjection): Scenario["run"] =>
  async (stage) => {
    await stage.clients.ses.inject(injection)
    await pause(stage, stage.seconds, stage.seconds)
  }

export const sesThrottling: Scenario = {
  name: "ses-throttling",
  about: "SES throttles every other call",
  run: failing({ fault: "throttling", times: "all", share: 0.5 })
}

export const sesLostAnswer: Scenario = {
  name: "ses-lost-answer",
  about: "SES takes every fifth mail, and its answer is lost",
  run: failing({ fault: "deliver-then-reset", times: "all", share: 0.2 })
}
