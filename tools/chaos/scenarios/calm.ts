// Nothing breaks: what the other rows are compared with.
import { setTimeout as sleep } from "node:timers/promises"
import type { Scenario } from "../scenario.ts"

export const calm: Scenario = {
  name: "calm",
  about: "no fault at all",
  run: ({ seconds }) => sleep(seconds * 1000)
}
