// The layout is what the documents say: no two folders import each other, nothing outside of test/ imports a
// test, and from a program's first line to its server a reader opens few files.
import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, normalize, relative, sep } from "node:path"
import { describe, expect, it } from "vitest"

const root = join(import.meta.dirname, "..")

const filesIn = (folder: string): ReadonlyArray<string> =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((path) => join(folder, path))
    .filter((path) => /\.(?:tsx?|js)$/u.test(path))

const specifier = /(?:\bfrom\s*|\bimport\s*\(?\s*)["'](\.[^"']+)["']/gu

/** The project's files that a file imports, by their path from the root. */
const importsOf = (file: string): ReadonlyArray<string> =>
  Array.from(readFileSync(join(root, file), "utf8").matchAll(specifier), ([, path = ""]) =>
    normalize(join(dirname(file), path))
  )

interface Import {
  readonly from: string
  readonly to: string
}

const importsIn = (folder: string): ReadonlyArray<Import> =>
  filesIn(folder).flatMap((from) => importsOf(from).map((to) => ({ from, to })))

/**
 * The two folders that an import leads between: below the deepest one that holds both files, each with all
 * that is in it. Undefined where one of the files lies in that folder itself.
 */
const foldersOf = ({ from, to }: Import): readonly [string, string] | undefined => {
  const [a, b] = [dirname(from).split(sep), dirname(to).split(sep)]
  const fork = a.findIndex((name, i) => name !== b[i])
  if (fork === -1 || fork >= b.length) return undefined
  return [a.slice(0, fork + 1).join("/"), b.slice(0, fork + 1).join("/")]
}

/** Every folder of a pair that leads back to itself. */
const cycles = (pairs: ReadonlyArray<readonly [string, string]>): ReadonlyArray<string> => {
  const next = new Map<string, Set<string>>()
  for (const [from, to] of pairs) next.set(from, (next.get(from) ?? new Set()).add(to))
  const reaches = (start: string): ReadonlySet<string> => {
    const seen = new Set<string>()
    const walk = (from: string): void => {
      for (const to of next.get(from) ?? []) {
        if (seen.has(to)) continue
        seen.add(to)
        walk(to)
      }
    }
    walk(start)
    return seen
  }
  return Array.from(next.keys()).filter((folder) => reaches(folder).has(folder))
}

describe("folders", () => {
  it("are found when they import each other", () => {
    const imports = [
      { from: "src/a/one.ts", to: "src/b/deep/two.ts" },
      { from: "src/b/three.ts", to: "src/c/four.ts" },
      { from: "src/c/four.ts", to: "src/a/deep/one.ts" },
      { from: "src/a/deep/one.ts", to: "src/d/five.ts" }
    ]
    const pairs = imports.map(foldersOf).filter((pair) => pair !== undefined)
    expect(cycles(pairs)).toEqual(["src/a", "src/b", "src/c"])
  })

  it.each(["src", "tools"])("of %s have no import cycle", (folder) => {
    const pairs = importsIn(folder)
      .map(foldersOf)
      .filter((pair) => pair !== undefined)
    expect(pairs.length).toBeGreaterThan(20)
    expect(cycles(pairs)).toEqual([])
  })

  it.each(["src", "tools"])("of %s import no test", (folder) => {
    expect(importsIn(folder).filter(({ to }) => to.startsWith(`test${sep}`))).toEqual([])
  })

  it("of src import no tool", () => {
    expect(importsIn("src").filter(({ to }) => !to.startsWith(`src${sep}`))).toEqual([])
  })
})

/** The shortest chain of imports from one file to another, both included. */
const chain = (from: string, to: string): ReadonlyArray<string> => {
  const seen = new Set([from])
  let paths = [[from]]
  while (paths.length > 0) {
    const found = paths.find((path) => path.at(-1) === to)
    if (found !== undefined) return found
    paths = paths.flatMap((path) =>
      importsOf(path.at(-1) ?? "").flatMap((file) => {
        if (seen.has(file)) return []
        seen.add(file)
        return [[...path, file]]
      })
    )
  }
  throw new Error(`${relative(root, from)} does not lead to ${to}`)
}

describe("from a program to its server", () => {
  it.each(["api", "worker", "dev"])("%s takes few files", (program) => {
    const path = chain(`src/programs/${program}.ts`, "src/http/NodeServer.ts")
    expect(path.length, path.join(" → ")).toBeLessThanOrEqual(4)
  })

  it("the API takes at most six files, with configuration and composition", () => {
    const files = new Set([
      ...chain("src/programs/api.ts", "src/http/NodeServer.ts"),
      ...importsOf("src/programs/api.ts").filter((file) => !file.endsWith("node-floor.js"))
    ])
    expect(files.size, Array.from(files).join(", ")).toBeLessThanOrEqual(6)
  })
})

describe("an edge host", () => {
  // No request there may resume another, and no work goes on after the last.
  it("has the exact client limit, without background settling", () => {
    const settled = "src/layers/runtime/SettledClientLimit.ts"
    expect(chain("src/programs/api.ts", settled).length).toBeGreaterThan(1)
    expect(() => chain("src/programs/edge.ts", settled)).toThrow("does not lead to")
  })
})
