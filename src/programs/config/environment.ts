// The environment as the programs read it: the process's variables take priority over `.env`, every value is trimmed,
// and `<NAME>_FILE` names a file whose content is the value of NAME.
import { parseEnv } from "node:util"
import { Option, Result } from "effect"
import { warningsOf } from "./settingWarnings.ts"
import type { Problem, Variable } from "./Variable.ts"
import * as variables from "./variables.ts"

type Values = Readonly<Record<string, string | undefined>>
type Named = Pick<Variable<unknown>, "name" | "expected">

export interface Environment {
  readonly variables: Record<string, string>
  /** What the process's environment gets, for libraries that read it themselves. */
  readonly forLibraries: Record<string, string>
  /** By variable: why its value can't be had. */
  readonly problems: ReadonlyMap<string, Problem>
  /** What likely was not meant: see settingWarnings.ts. */
  readonly warnings: ReadonlyArray<string>
}

const declared: ReadonlyArray<Named> = Object.values(variables)
const fileOf = (name: string): string => `${name}_FILE`

/** Names of the same value: the process's environment takes priority with either of them. */
const partners = new Map(
  declared.flatMap(
    ({ name }): ReadonlyArray<readonly [string, string]> => [
      [name, fileOf(name)],
      [fileOf(name), name]
    ]
  )
)

/** The AWS SDK reads variables of its own. */
const ofLibraries = /^AWS_/u

/** Text of a file, without its byte order mark. PowerShell 5 writes UTF-16, which begins with one. */
const decode = (bytes: Uint8Array): string => {
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe
  return new TextDecoder(isUtf16 ? "utf-16le" : "utf-8").decode(bytes)
}

const unusable = ({ name, expected }: Named, problem: Problem["problem"]): Problem => ({
  variable: fileOf(name),
  problem,
  expected: `the path of a file that holds ${expected}`
})

/** The variables of `.env` that the process's environment does not have, by their names or by their files' names. */
const below = (given: Values, dotenv: Uint8Array): Values => {
  const isGiven = (name: string): boolean => given[name] !== undefined
  const written = Object.entries(parseEnv(decode(dotenv)))
  return Object.fromEntries(
    written.filter(([name]) => !isGiven(name) && !isGiven(partners.get(name) ?? name))
  )
}

/** Without blanks and line breaks around values. Variables of other programs stay as they are. */
const trimmed = (values: Values): Record<string, string> => {
  const result: Record<string, string> = {}
  for (const [name, value] of Object.entries(values)) {
    const isOurs = partners.has(name) || ofLibraries.test(name)
    if (value !== undefined) result[name] = isOurs ? value.trim() : value
  }
  return result
}

type ReadFile = (path: string) => Option.Option<Uint8Array>

/** The value of a `<NAME>_FILE`. */
const inFile = (
  variable: Named,
  { path, value }: { readonly path: string; readonly value: string },
  readFile: ReadFile
): Result.Result<string, Problem> => {
  const { name } = variable
  if (value !== "") {
    const expected = `absent, since ${fileOf(name)} is set`
    return Result.fail({ variable: name, problem: "conflicts", expected })
  }
  return Option.match(readFile(path), {
    onNone: () => Result.fail(unusable(variable, "can't be read")),
    onSome: (bytes) => {
      const content = decode(bytes).trim()
      return content === ""
        ? Result.fail(unusable(variable, "names an empty file"))
        : Result.succeed(content)
    }
  })
}

/**
 * `dotenv`: the bytes of `.env`. `readFile`: the bytes of a file that a `<NAME>_FILE` names; none where it can't
 * be read. Secrets of files go to `forLibraries` only where a library may ask for them: processes that this one
 * starts inherit its environment.
 */
export const readEnvironment = (
  given: Values,
  dotenv: Option.Option<Uint8Array>,
  readFile: ReadFile
): Environment => {
  const added = Option.match(dotenv, { onNone: () => ({}), onSome: (bytes) => below(given, bytes) })
  const values = trimmed({ ...given, ...added })
  const forLibraries = trimmed(added)
  const problems = new Map<string, Problem>()
  for (const variable of declared) {
    const { name } = variable
    const path = values[fileOf(name)] ?? ""
    if (path === "") continue
    const read = inFile(variable, { path, value: values[name] ?? "" }, readFile)
    if (Result.isSuccess(read)) values[name] = read.success
    else problems.set(name, read.failure)
  }
  for (const [name, value] of Object.entries(values))
    if (ofLibraries.test(name)) forLibraries[name] = value
  return { variables: values, forLibraries, problems, warnings: warningsOf(values) }
}
