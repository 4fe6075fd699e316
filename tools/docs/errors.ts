// The errors of docs/api.md, from the table that all answers with an error are made from.
import { problemCodes, problems } from "../../src/http/problems.ts"
import { code, tableOf } from "./table.ts"

export const errorTable = (): string =>
  tableOf(
    ["status", "code", "when", "what to do"],
    problemCodes.map((name) => {
      const { status, meaning, remedy } = problems[name]
      return [String(status), code(name), meaning, remedy]
    })
  )
