// A file of stock movements: CSV (RFC 4180) in UTF-8, a header, and one movement a line. Its cells have the format of
// the API's fields.
import { Effect, Result } from "effect"
import type { LineProblem, StockLine } from "../services/products/importStock.ts"
import { SkuParams } from "./contract/products.ts"
import { readMovement } from "./typedMovement.ts"

export const header = "sku,delta,reason"

/** More is for several files: a file is checked as a whole before its first line. */
const mostLines = 10_000

/** A cell and what ends it: quoted, with doubled quotes in it, or without quotes. */
const cell = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/uy

/** The cells of a line; none where its quotes don't fit. */
const cellsOf = (line: string): ReadonlyArray<string> => {
  const cells: Array<string> = []
  cell.lastIndex = 0
  for (let end = ","; end === ","; ) {
    const [found, quoted, bare = "", ending = ""] = cell.exec(line) ?? []
    if (found === undefined) return []
    cells.push((quoted?.replaceAll('""', '"') ?? bare).trim())
    end = ending
  }
  return cells
}

const problemsOf = (issues: ReadonlyArray<{ path: ReadonlyArray<PropertyKey>; message: string }>) =>
  issues.map(({ path, message }) => `${path.join(".")}: ${message}`)

const readLine = (text: string, line: number): Result.Result<StockLine, LineProblem> => {
  const cells = cellsOf(text)
  const [sku = "", delta = "", reason = ""] = cells
  if (cells.length !== 3)
    return Result.fail({
      line,
      problem:
        cells.length === 0
          ? "its quotes do not fit: a quote within a cell is written twice, in a cell with quotes around it"
          : `it has ${cells.length} cells, not the 3 of ${header}`
    })
  const named = SkuParams.safeParse({ sku })
  const moved = readMovement({ delta, reason })
  const problems = [
    ...problemsOf(named.error?.issues ?? []),
    ...(Result.isFailure(moved) ? moved.failure : []).map(
      ({ field, message }) => `${field}: ${message}`
    )
  ]
  return Result.isSuccess(moved) && problems.length === 0
    ? Result.succeed({ line, sku, ...moved.success })
    : Result.fail({ line, problem: problems.join("; ") })
}

/** The movements of a file, or all that is wrong with its lines. Empty lines are left out. */
export const readStockFile = (
  text: string
): Result.Result<ReadonlyArray<StockLine>, ReadonlyArray<LineProblem>> => {
  const lines = text
    .replace(/^\uFEFF/u, "")
    .split(/\r\n|\n|\r/u)
    .map((line, i) => [line, i + 1] as const)
    .filter(([line]) => line.trim() !== "")
  const [first, ...rest] = lines
  if (first === undefined || cellsOf(first[0]).join(",").toLowerCase() !== header)
    return Result.fail([{ line: first?.[1] ?? 1, problem: `it should be the header ${header}` }])
  if (rest.length === 0) return Result.fail([{ line: first[1], problem: "no movement follows it" }])
  if (rest.length > mostLines)
    return Result.fail([
      { line: first[1], problem: `more than ${mostLines} lines follow it: split the file` }
    ])
  const read = rest.map(([line, number]) => readLine(line, number))
  const problems = read.filter(Result.isFailure).map(({ failure }) => failure)
  return problems.length > 0
    ? Result.fail(problems)
    : Result.succeed(read.filter(Result.isSuccess).map(({ success }) => success))
}

/** The same for the same movements in the same order, however the file writes them. */
export const keyOfLines = (lines: ReadonlyArray<StockLine>): Effect.Effect<string> =>
  Effect.promise(async () => {
    const content = JSON.stringify(lines.map(({ sku, delta, reason }) => [sku, delta, reason]))
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(content))
    const digits = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0"))
    return `import:${digits.join("")}`
  })
