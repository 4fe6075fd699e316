// Checks the licence of every package that the lockfile names, those of other platforms too, against
// what is allowed here. A package without one, or whose own package.json disagrees, fails as well.
//   node .ci/licences.ts [FOLDER]
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** Ask for nothing but to be named: fit to be shipped. */
const permissive = [
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "ISC",
  "MIT",
  "MIT-0",
  "Zlib"
]
/** Tools may have a copyleft for their own files: they run here, and nothing of them is shipped. */
const ofTools = [...permissive, "MPL-2.0", "PSF-2.0"]

interface Locked {
  readonly version?: string
  readonly license?: unknown
  readonly dev?: boolean
  readonly link?: boolean
}

const read = (path: string) => JSON.parse(readFileSync(path, "utf8"))

/** An SPDX expression of names, AND, OR and parentheses; undefined for anything else. */
const isAllowed = (expression: string, allowed: ReadonlyArray<string>): boolean | undefined => {
  const tokens = expression.match(/[()]|[^\s()]+/gu) ?? []
  let at = 0
  const atom = (): boolean | undefined => {
    const token = tokens[at++]
    if (token !== "(") return token === undefined ? undefined : allowed.includes(token)
    const inner = any()
    return tokens[at++] === ")" ? inner : undefined
  }
  const joined = (operator: string, operand: () => boolean | undefined) => {
    const operands = [operand()]
    while (tokens[at] === operator) {
      at++
      operands.push(operand())
    }
    return operands
  }
  const every = () => {
    const operands = joined("AND", atom)
    return operands.includes(undefined) ? undefined : !operands.includes(false)
  }
  const any = (): boolean | undefined => {
    const operands = joined("OR", every)
    return operands.includes(undefined) ? undefined : operands.includes(true)
  }
  const verdict = any()
  return at === tokens.length ? verdict : undefined
}

const folder = process.argv[2] ?? "."
const lock: { packages: Readonly<Record<string, Locked>> } = read(join(folder, "package-lock.json"))

const problemOf = (path: string, { license, dev = false }: Locked): string | undefined => {
  if (typeof license !== "string" || license === "") return "has no licence in the lockfile"
  const manifest = join(folder, path, "package.json")
  if (existsSync(manifest)) {
    const own: unknown = read(manifest).license
    if (own !== license)
      return `is ${license} in the lockfile and ${JSON.stringify(own)} in its package.json`
  }
  const verdict = isAllowed(license, dev ? ofTools : permissive)
  if (verdict === true) return undefined
  return verdict === false
    ? `is ${license}, which is not allowed for ${dev ? "tools" : "what is shipped"}`
    : `is ${JSON.stringify(license)}, which is no SPDX expression that is understood here`
}

const packages = Object.entries(lock.packages).filter(([path, { link }]) => path !== "" && !link)
const problems = packages.flatMap(([path, locked]) => {
  const problem = problemOf(path, locked)
  return problem === undefined ? [] : [`  ${path} ${locked.version ?? ""} ${problem}`]
})

if (packages.length === 0) problems.push("  the lockfile names no package")
if (problems.length > 0) {
  process.stderr.write(`Licences that need a look:\n${problems.join("\n")}\n`)
  process.exitCode = 1
} else {
  const shipped = packages.filter(([, { dev }]) => dev !== true).length
  process.stdout.write(
    `Licences: ${shipped} packages that are shipped and ${packages.length - shipped} tools, all allowed.\n`
  )
}
