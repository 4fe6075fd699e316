// `stock audit|import` of the command line.
import { readFileSync } from "node:fs"
import { Data, Effect, Result } from "effect"
import { keyOfLines, readStockFile } from "../../api/stockFile.ts"
import { UserId } from "../../services/ids.ts"
import { auditStock } from "../../services/products/auditStock.ts"
import {
  importStock,
  planStockImport,
  StockLinesRefused
} from "../../services/products/importStock.ts"
import { answer, withProgress } from "./Manner.ts"

export class StockOff extends Data.TaggedError("StockOff")<{
  readonly skus: ReadonlyArray<string>
}> {
  override get message(): string {
    return `The books do not agree for ${this.skus.length} products: ${this.skus.join(", ")}`
  }
}

/** Fails where the books of a product do not agree. */
export const audit = Effect.gen(function* () {
  const { lines, off } = yield* withProgress("reading the books", () => auditStock)
  const agree = off.length === 0 ? [`${lines.length} products, all books agree`] : []
  yield* answer({
    json: lines.map((line) => ({ ...line, agrees: !off.includes(line) })),
    text: [
      ...lines.map((line) => {
        const { sku, available, moved, reserved } = line
        const verdict = off.includes(line) ? "OFF" : "ok"
        return `${verdict}  ${sku}: available ${available} = moved ${moved} - reserved ${reserved}`
      }),
      ...agree
    ]
  })
  if (off.length > 0) return yield* new StockOff({ skus: off.map(({ sku }) => sku) })
})

export class FileUnreadable extends Data.TaggedError("FileUnreadable")<{
  readonly file: string
  readonly cause: unknown
}> {
  override get message(): string {
    const why = this.cause instanceof Error ? this.cause.message : String(this.cause)
    return `${this.file} can't be read: ${why}`
  }
}

/** Of movements that came from the command line. */
const actorId = UserId.make("cli")

const linesOf = Effect.fnUntraced(function* (file: string) {
  const text = yield* Effect.try({
    try: () => readFileSync(file, "utf8"),
    catch: (cause) => new FileUnreadable({ file, cause })
  })
  const lines = readStockFile(text)
  if (Result.isFailure(lines)) return yield* new StockLinesRefused({ problems: lines.failure })
  return lines.success
})

/** `dryRun`: checks the file, and moves nothing. */
export const importFile = Effect.fnUntraced(function* (file: string, dryRun: boolean) {
  const lines = yield* linesOf(file)
  const key = yield* keyOfLines(lines)
  const plan = yield* withProgress("checking the file", () =>
    planStockImport({ lines, key, actorId })
  )
  const [left, before] = [plan.left.length, plan.before.length]
  if (!dryRun) yield* withProgress("importing", (report) => importStock(plan, report))
  const known =
    before === 0
      ? []
      : [
          `${before} lines were imported before and are left as they are. If this is another delivery, say so in its reasons.`
        ]
  yield* answer({
    json: { file, imported: dryRun ? 0 : left, importedBefore: before, left: dryRun ? left : 0 },
    text: [
      dryRun ? `${left} lines would be imported; nothing was changed` : `${left} lines imported`,
      ...known
    ]
  })
})
