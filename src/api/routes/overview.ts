// /api/admin/overview: the state of the system, and of each dependency with the reason.
import { Effect, Option, Result } from "effect"
import { inspect } from "../../http/health.ts"
import { overview } from "../../services/operations/overview.ts"
import {
  measureQueues,
  type QueueDepth,
  queueProblems
} from "../../services/orders/measureQueues.ts"
import { overviewOperations as operations } from "../contract/overview.ts"
import type { Serve } from "../serve.ts"

const shownDepth = (depth: QueueDepth) =>
  Result.match(depth, {
    onSuccess: (messages) => ({ messages, problem: null }),
    onFailure: (problem) => ({ messages: null, problem: queueProblems[problem] })
  })

export const overviewRoutes = ({ route }: Serve): void => {
  route(operations.overview, ({ request, query }) =>
    Effect.map(
      Effect.all([overview(query.lowStock), measureQueues, inspect], {
        concurrency: "unbounded"
      }),
      ([{ at, orders, mails, stock }, queues, { draining, dependencies }]) => {
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
