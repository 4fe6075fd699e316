// Every rule that this project adds to the linter refuses what it should, with the message that says
// what to do instead, and leaves alone what it should. All snippets go through one run of biome.
import { execFile } from "node:child_process"
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { accepted, messages, refused, type Snippet } from "./lint-snippets.ts"

const root = join(import.meta.dirname, "..")

interface Diagnostic {
  readonly category: string
  readonly message: string
  readonly location: { readonly path: string; readonly start: { readonly line: number } }
}

/** Snippets of one path become the lines of one file, so that a diagnostic tells its snippet. */
const files = new Map<string, Array<string>>()

const place = ([path, code]: Snippet) => {
  const lines = files.get(path) ?? []
  files.set(path, lines)
  return { path, code, line: lines.push(code) }
}

const refusals = Object.entries(refused).flatMap(([rule, snippets]) =>
  snippets.map((snippet) => ({ rule, ...place(snippet) }))
)
const acceptances = Object.entries(accepted).flatMap(([why, snippets]) =>
  snippets.map((snippet) => ({ why, ...place(snippet) }))
)

const lint = async (): Promise<ReadonlyArray<Diagnostic>> => {
  const folder = await mkdtemp(join(tmpdir(), "lint-"))
  for (const name of ["biome.json", "lint", ".gitignore", "package.json"]) {
    await cp(join(root, name), join(folder, name), { recursive: true })
  }
  for (const [path, lines] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), `${lines.join("\n")}\n`)
  }
  const biome = join(root, "node_modules/@biomejs/biome/bin/biome")
  const args = [biome, "lint", "--reporter=json", "--max-diagnostics=none"]
  const report = await new Promise<string>((resolve) => {
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 1e8 }, (_error, stdout) =>
      resolve(stdout)
    )
  })
  await rm(folder, { recursive: true })
  return JSON.parse(report).diagnostics
}

let diagnostics: ReadonlyArray<Diagnostic> = []

const said = (path: string, line: number) =>
  diagnostics.filter(({ location }) => location.path === path && location.start.line === line)

beforeAll(async () => {
  diagnostics = await lint()
})

describe("the linter", () => {
  it("parses every snippet", () => {
    expect(diagnostics.filter(({ category }) => category === "parse")).toEqual([])
  })

  it.each(refusals)("refuses in $path: $code ($rule)", ({ rule, path, line }) => {
    const found = said(path, line).map(({ message }) => message)
    expect(found.join("\n")).toContain(messages[rule as keyof typeof messages])
  })

  it.each(acceptances)("accepts in $path: $code ($why)", ({ path, line }) => {
    const ours = ["plugin", "lint/suspicious/noImportCycles", "lint/style/noDefaultExport"]
    expect(said(path, line).filter(({ category }) => ours.includes(category))).toEqual([])
  })
})
