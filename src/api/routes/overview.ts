// /api/admin/overview: how the system does, and each dependency with its reason.
import { Effect, Option } from "effect"
import { inspect } from "../../http/health.ts"
import { overview } from "../../services/operations/overview.ts"
import { overviewOperations as operations } from "../contract/overview.ts"
import type { Serve } from "../serve.ts"

export const overviewRoutes = ({ route }: Serve): void => {
  route(operations.overview, ({ request, query }) =>
    Effect.map(
      Effect.all([overview(query.lowStock), inspect], { concurrency: "unbounded" }),
      ([{ at, orders, mails, stock }, { draining, dependencies }]) => {
        const { oldestUnsettled, flagged, ...counts } = orders
        return request.json({
          at,
          orders: {
            ...counts,
            oldestUnsettled: Option.getOrNull(oldestUnsettled),
            needAttention: flagged
          },
          mails,
          lowStock: stock.map(({ sku, name, available }) => ({ sku, name, available })),
          draining,
          dependencies
        })
      }
    )
  )
}
