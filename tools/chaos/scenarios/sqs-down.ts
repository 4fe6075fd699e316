// SQS is not there while orders are placed, and comes back later.
import type { Scenario } from "../scenario.ts"
import { pause } from "./rounds.ts"

export const sqsDown: Scenario = {
  name: "sqs-down",
  about: "SQS refuses connections while orders are placed, and is back later",
  run: async (stage) => {
    const enable = (enabled: boolean) =>
      Promise.all(stage.proxies.sqs.map((proxy) => proxy.enable(enabled)))
    await enable(false)
    await pause(stage, stage.seconds, stage.seconds)
    await enable(true)
  }
}
