// A movement of stock as people type it, in a line of a file or in a form: validated as by the API, with errors that do
// not mention JSON.
import { Result } from "effect"
import type * as z from "zod"
import { StockBody } from "./contract/products.ts"

export interface MovementProblem {
  readonly field: "delta" | "reason"
  readonly message: string
}

const wholeNumber = /^[+-]?\d+$/u

/** All its errors, or the movement. */
export const readMovement = (typed: {
  readonly delta: string
  readonly reason: string
}): Result.Result<z.output<typeof StockBody>, ReadonlyArray<MovementProblem>> => {
  const isNumber = wholeNumber.test(typed.delta)
  const isMissing = typed.reason === ""
  const read = StockBody.safeParse({ ...typed, delta: isNumber ? Number(typed.delta) : 1 })
  const found = (read.error?.issues ?? []).map(
    ({ path, message }): MovementProblem => ({
      field: path[0] === "delta" ? "delta" : "reason",
      message
    })
  )
  const problems: ReadonlyArray<MovementProblem> = [
    ...(isNumber
      ? found.filter(({ field }) => field === "delta")
      : [{ field: "delta" as const, message: "must be a whole number, such as 100 or -3" }]),
    ...(isMissing
      ? [{ field: "reason" as const, message: "must not be empty" }]
      : found.filter(({ field }) => field === "reason"))
  ]
  return read.success && problems.length === 0 ? Result.succeed(read.data) : Result.fail(problems)
}
