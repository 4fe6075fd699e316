// Use case of operators: checks that the stock of every SKU agrees with its movements and orders. This is the invariant
// behind "never oversold".
import { Effect } from "effect"
import { isBalanced, type StockAuditLine } from "./model/StockAudit.ts"
import { ProductStore } from "./ports/ProductStore.ts"

export interface StockAuditResult {
  readonly lines: ReadonlyArray<StockAuditLine>
  /** SKUs whose `available` is not movements minus reserved pieces, or is below 0. */
  readonly off: ReadonlyArray<StockAuditLine>
}

export const auditStock: Effect.Effect<
  StockAuditResult,
  Effect.Error<ProductStore["Service"]["audit"]>,
  ProductStore
> = Effect.gen(function* () {
  const lines = yield* (yield* ProductStore).audit
  return { lines, off: lines.filter((line) => !isBalanced(line)) }
}).pipe(Effect.withSpan("auditStock"))
