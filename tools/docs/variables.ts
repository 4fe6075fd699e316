// docs/configuration.md's table and .env.example, from the variables that the programs read.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as rows from "../../src/programs/config/variables.ts"
import { code, tableOf } from "./table.ts"

const source = readFileSync(
  join(import.meta.dirname, "../../src/programs/config/variables.ts"),
  "utf8"
)

/** A module gives its exports by the alphabet. Their order in the file is that of a reader. */
const placeOf = (name: string): number => source.indexOf(`export const ${name} =`)

const variables = Object.values(rows).toSorted((a, b) => placeOf(a.name) - placeOf(b.name))

export const variableTable = (): string =>
  tableOf(
    ["variable", "meaning", "value", "default"],
    variables.map(({ name, about, expected, absent }) => [code(name), about, expected, absent])
  )

/** Lines of a comment, of 100 characters at most. */
const comment = (text: string): string => text.replace(/(.{1,98})(?: |$)/gu, "# $1\n").trimEnd()

const head = `Every variable that the programs read, written by \`npm run docs\`. Copy this file to .env and uncomment what \
you set; the environment wins over .env. \`npm run cli -- doctor\` says what is wrong with those that are set. \`npm run \
dev\` needs none: it embeds each part whose variables are absent. \`npm start\` and \`npm run worker\` need those that are \
required. Each may be in a file that its name with _FILE behind it names.`

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

const example = (variable: (typeof variables)[number]): string => {
  const { name, about, expected, absent } = variable
  const fallback = "fallback" in variable ? String(variable.fallback) : ""
  const said = absent === "required" ? absent : `default: ${absent}`
  const isSaid = absent !== fallback && absent !== "none"
  const words = [about, `value: ${expected}`, ...(isSaid ? [said] : [])].map(sentence).join(" ")
  return `${comment(words)}\n#${name}=${fallback}`
}

export const envExample = (): string =>
  `${[comment(head), ...variables.map(example)].join("\n\n")}\n`
