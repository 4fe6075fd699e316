// SES itself: it throttles, or takes a mail and its answer is lost.
import type { Scenario } from "../scenario.ts"
import { pause } from "./rounds.ts"

export const sesThrottling: Scenario = {
  name: "ses-throttling",
  about: "SES throttles every other call",
  run: async (stage) => {
    await stage.clients.ses.inject({ fault: "throttling", times: "all", share: 0.5 })
    await pause(stage, stage.seconds, stage.seconds)
  }
}

export const sesLostAnswer: Scenario = {
  name: "ses-lost-answer",
  about: "SES takes every fifth mail, and its answer is lost",
  run: async (stage) => {
    await stage.clients.ses.inject({ fault: "deliver-then-reset", times: "all", share: 0.2 })
    await pause(stage, stage.seconds, stage.seconds)
  }
}
