// Use cases of operators: import a list of stock movements. The whole list is checked before any stock moves, and each
// line has a key, so that the same list moves nothing twice.
import { Data, Effect, Option } from "effect"
import type { UserId } from "../ids.ts"
import { adjustStock } from "./manage.ts"
import { ProductStore } from "./ports/ProductStore.ts"

export interface StockLine {
  /** Its line in the file. */
  readonly line: number
  readonly sku: string
  /** Pieces to add; negative: to remove; not 0. */
  readonly delta: number
  readonly reason: string
}

export interface LineProblem {
  readonly line: number
  readonly problem: string
}

/** Lines that can't be imported. Nothing was moved. */
export class StockLinesRefused extends Data.TaggedError("StockLinesRefused")<{
  readonly problems: ReadonlyArray<LineProblem>
}> {
  override get message(): string {
    const lines = this.problems.map(({ line, problem }) => `  line ${line}: ${problem}`)
    return ["Nothing was imported. Mend these lines:", ...lines].join("\n")
  }
}

/** A line could not be imported, although it was checked: another change moved stock meanwhile. */
export class StockImportStopped extends Data.TaggedError("StockImportStopped")<{
  readonly line: number
  readonly problem: string
  /** The number of lines that were imported before it. */
  readonly done: number
}> {
  override get message(): string {
    return (
      `line ${this.line}: ${this.problem} The ${this.done} lines before it are in the books. ` +
      "Import the same file again once that is mended: no line counts twice. Leave them out of another file."
    )
  }
}

export interface StockList {
  readonly lines: ReadonlyArray<StockLine>
  /** A key of the list: the same only for the same list. */
  readonly key: string
  readonly actorId: UserId
}

interface Keyed {
  readonly line: StockLine
  readonly key: string
}

export interface StockImportPlan {
  readonly actorId: UserId
  /** Lines that are not imported yet. */
  readonly left: ReadonlyArray<Keyed>
  /** Lines that an earlier import of the same list has imported. */
  readonly before: ReadonlyArray<StockLine>
}

/** Products looked up at the same time. */
const lookUps = 8

/** The current stock of each SKU of the catalogue. */
const availableOf = Effect.fnUntraced(function* (skus: ReadonlyArray<string>) {
  const store = yield* ProductStore
  const found = yield* Effect.forEach(skus, store.findInCatalogue, { concurrency: lookUps })
  return new Map(
    found.flatMap((product) => Option.toArray(product)).map((p) => [p.sku, p.available])
  )
})

/** Line by line, as they would move the stock. */
const problemsOf = (
  lines: ReadonlyArray<StockLine>,
  available: Map<string, number>
): ReadonlyArray<LineProblem> => {
  const problems: Array<LineProblem> = []
  for (const { line, sku, delta } of lines) {
    const before = available.get(sku)
    if (before === undefined) {
      problems.push({ line, problem: `no product ${sku} is in the catalogue` })
      continue
    }
    const after = before + delta
    if (after < 0) problems.push({ line, problem: `of ${sku} only ${before} are in stock by then` })
    else available.set(sku, after)
  }
  return problems
}

/** The movements of an import; fails with all its errors. Changes nothing. */
export const planStockImport = Effect.fn("planStockImport")(function* ({
  lines,
  key,
  actorId
}: StockList) {
  const keyed = lines.map((line, i): Keyed => ({ line, key: `${key}:${i}` }))
  const used = yield* ProductStore.use((store) =>
    store.findUsedKeys(
      actorId,
      keyed.map((entry) => entry.key)
    )
  )
  const left = keyed.filter((entry) => !used.has(entry.key))
  const ahead = left.map(({ line }) => line)
  const available = yield* availableOf([...new Set(ahead.map(({ sku }) => sku))])
  const problems = problemsOf(ahead, available)
  if (problems.length > 0) return yield* new StockLinesRefused({ problems })
  const before = keyed.filter((entry) => used.has(entry.key)).map(({ line }) => line)
  return { actorId, left, before } satisfies StockImportPlan
})

/** Imports the remaining lines. `report` is called for each line. */
export const importStock = Effect.fn("importStock")(function* (
  { actorId, left }: StockImportPlan,
  report: (done: number, of: number) => void
) {
  for (const [done, { line: entry, key }] of left.entries()) {
    const { line, sku, delta, reason } = entry
    const stopped = (problem: string) => new StockImportStopped({ line, problem, done })
    yield* adjustStock({ sku, delta, reason, actorId, idempotencyKey: Option.some(key) }).pipe(
      Effect.catchTags({
        ProductNotFound: () => stopped(`no product ${sku} is in the catalogue any more.`),
        InsufficientStock: ({ available }) => stopped(`of ${sku} only ${available} are in stock.`),
        IdempotencyMismatch: () => stopped("its key was used for something else.")
      })
    )
    report(done + 1, left.length)
  }
})
