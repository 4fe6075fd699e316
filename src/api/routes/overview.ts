// /api/admin/overview: how the system does, and each dependency with its reason.
import { Effect, Option, Result } from "effect"
import { inspect } from "../../http/health.ts"
import { overview } from "../../services/operations/overview.ts"
import type { QueueDepth, QueueProblem } from "../../services/orders/measureQueues.ts"
import { overviewOperations as operations } from "../contract/overview.ts"
import type { Serve } from "../serve.ts"

/** Why a queue could not be asked, as people read it. */
const queueProblems: { readonly [P in QueueProblem]: string } = {
  unavailable: "the queue does not answer",
  throttled: "the queue asks for fewer calls",
  denied: "the queue refuses this process, or is not there"
}

const shownDepth = (depth: QueueDepth) =>
  Result.match(depth, {
    onSuccess: (messages) => ({ messages, problem: null }),
    onFailure: (problem) => ({ messages: null, problem: queueProblems[problem] })
  })

export const overviewRoutes = ({ route }: Serve): void => {
  route(operations.overview, ({ request, query }) =>
    Effect.map(
      Effect.all([overview(query.lowStock), inspect], { concurrency: "unbounded" }),
      ([{ at, orders, mails, queues, stock }, { draining, dependencies }]) => {
        const { oldestUnsettled, flagged, ...counts } = orders
        return request.json({
          at,
          orders: {
            ...counts,
            oldestUnsettled: Option.getOrNull(oldestUnsettled),
            needAttention: flagged
          },
          mails,
          queues: {
            orders: shownDepth(queues.orders),
            deadLetters: shownDepth(queues.deadLetters)
          },
          lowStock: stock.map(({ sku, name, available }) => ({ sku, name, available })),
          draining,
          dependencies
        })
      }
    )
  )
}
