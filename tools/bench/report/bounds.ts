// The bounds of a quick run, each in words where it is crossed.
import { bounds, isMet, textOf } from "../goals.ts"
import type { Results } from "../results.ts"
import { judge } from "./summary.ts"
import { figure } from "./table.ts"

/** A bound whose two sides were not measured is not crossed: that is a failure of its own. */
export const crossedBounds = (results: Results): ReadonlyArray<string> =>
  judge(results, bounds)
    .filter(({ goal, ratio }) => !isMet(goal, ratio))
    .map(
      ({ goal, ratio }) =>
        `${goal.workload}: ${goal.subject} ÷ ${goal.against} is ${figure(ratio)}, and should be ${textOf(goal)}`
    )
