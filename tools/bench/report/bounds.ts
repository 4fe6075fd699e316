// The bounds of a quick run, each in words where it is crossed.
import { bounds, isMet, textOf } from "../goals.ts"
import type { Results } from "../results.ts"
import { judge } from "./summary.ts"

/**
 * A ratio has a digit more than bounds, so that one just below them does not look as if it met them.
 * A bound whose two sides were not measured is not crossed: that is a failure of its own.
 */
export const crossedBounds = (results: Results): ReadonlyArray<string> =>
  judge(results, bounds)
    .filter(({ goal, ratio }) => !isMet(goal, ratio))
    .map(
      ({ goal, ratio }) =>
        `${goal.workload}: ${goal.subject} ÷ ${goal.against} is ${ratio.toFixed(3)}, and should be ${textOf(goal)}`
    )
