// The process that makes load: takes one plan as a message, answers with its results, and ends.
import { runClosed } from "./closed.ts"
import { runOpen } from "./open.ts"
import type { Plan } from "./plan.ts"

process.once("message", (plan: Plan) => {
  const running = plan.kind === "closed" ? runClosed(plan) : runOpen(plan).then((one) => [one])
  void running.then((results) => {
    process.send?.(results, undefined, undefined, () => process.disconnect?.())
  })
})
