// Every file with something in it that is written from the code which defines it.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { between } from "../harness/marks.ts"
import { commandTables } from "./commands.ts"
import { endpoints } from "./endpoints.ts"
import { errorTable } from "./errors.ts"
import { envExample, variableTable } from "./variables.ts"

const root = join(import.meta.dirname, "../..")

export interface Generated {
  /** From the root of the project. */
  readonly name: string
  readonly path: string
  /** What the file says. */
  readonly found: string
  /** What it has to say. */
  readonly expected: string
}

const file = (name: string, write: (found: string) => string): Generated => {
  const path = join(root, name)
  const found = readFileSync(path, "utf8")
  return { name, path, found, expected: write(found) }
}

export const generated = (): ReadonlyArray<Generated> => [
  file("docs/api.md", (text) =>
    between(between(text, "endpoints", endpoints()), "errors", errorTable())
  ),
  file("docs/configuration.md", (text) => between(text, "variables", variableTable())),
  file("docs/commands.md", (text) => between(text, "commands", commandTables())),
  file(".env.example", envExample)
]
